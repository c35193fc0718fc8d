/* AMX as its manual says it, for CPUs that have none: gcc -include tiles.h. Each thread has its own registers. */
#include <stddef.h>
#include <immintrin.h>
#include <stdint.h>
#include <stdlib.h>

struct tiles {
    int set, rows[8], bytes[8];
    uint8_t at[8][16][64];
};

static _Thread_local struct tiles tiles;

static inline void tiles_begin(const void *shapes)
{
    const uint8_t *table = (const uint8_t *)shapes;
    if (table[0] != 1) {
        abort();
    }
    tiles.set = 1;
    for (int t = 0; t < 8; ++t) {
        tiles.bytes[t] = table[16 + 2 * t] | table[17 + 2 * t] << 8;
        tiles.rows[t] = table[48 + t];
        if (tiles.rows[t] > 16 || tiles.bytes[t] > 64) {
            abort();
        }
        for (int i = 0; i < 16 * 64; ++i) {
            tiles.at[t][i / 64][i % 64] = 0;
        }
    }
}

/* What is beyond the shape of a register that is loaded is 0; a register without a shape must not be used. */
static inline void tiles_load(int t, const void *p, ptrdiff_t stride)
{
    if (!tiles.set || !tiles.rows[t] || !tiles.bytes[t]) {
        abort();
    }
    for (int i = 0; i < 16; ++i) {
        for (int j = 0; j < 64; ++j) {
            const int there = i < tiles.rows[t] && j < tiles.bytes[t];
            tiles.at[t][i][j] = there ? ((const uint8_t *)p)[i * stride + j] : 0;
        }
    }
}

static inline void tiles_store(int t, void *p, ptrdiff_t stride)
{
    if (!tiles.set || !tiles.rows[t] || !tiles.bytes[t]) {
        abort();
    }
    for (int i = 0; i < tiles.rows[t]; ++i) {
        for (int j = 0; j < tiles.bytes[t]; ++j) {
            ((uint8_t *)p)[i * stride + j] = tiles.at[t][i][j];
        }
    }
}

static inline void tiles_zero(int t)
{
    for (int i = 0; i < 16 * 64; ++i) {
        tiles.at[t][i / 64][i % 64] = 0;
    }
}

/* c += a b; shapes that do not fit are what a CPU refuses, too. */
static inline void tiles_add(int c, int a, int b, int is_signed)
{
    if (!tiles.set || tiles.rows[c] != tiles.rows[a] || tiles.bytes[c] != tiles.bytes[b] ||
        tiles.bytes[a] != 4 * tiles.rows[b]) {
        abort();
    }
    for (int m = 0; m < tiles.rows[c]; ++m) {
        for (int v = 0; v < tiles.bytes[c] / 4; ++v) {
            uint32_t sum;
            __builtin_memcpy(&sum, &tiles.at[c][m][4 * v], 4);
            for (int k = 0; k < tiles.rows[b]; ++k) {
                for (int i = 0; i < 4; ++i) {
                    const int x = is_signed ? (int8_t)tiles.at[a][m][4 * k + i] : tiles.at[a][m][4 * k + i];
                    sum += (uint32_t)(x * (int8_t)tiles.at[b][k][4 * v + i]);
                }
            }
            __builtin_memcpy(&tiles.at[c][m][4 * v], &sum, 4);
        }
    }
}

static inline void tiles_end(void)
{
    tiles.set = 0;
}

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbusd
#undef _tile_dpbssd
#define _tile_loadconfig tiles_begin
#define _tile_loadd(t, p, stride) tiles_load(t, p, stride)
#define _tile_stored(t, p, stride) tiles_store(t, p, stride)
#define _tile_zero(t) tiles_zero(t)
#define _tile_dpbusd(c, a, b) tiles_add(c, a, b, 0)
#define _tile_dpbssd(c, a, b) tiles_add(c, a, b, 1)
#define _tile_release tiles_end
