/* AMX: registers of up to 16 rows and 64 bytes; `loadconfig` says how many of each. Rows are vectors; where these lie,
   intervals/ says otherwise. */
static struct Tiles {
    bool set;
    int rows[8], bytes[8];
} tiles;
#ifndef TILE_ROWS
static Bytes<64> tile_rows[8][16];
#define TILE_ROWS tile_rows
#endif

static UNSEEN void fit(bool yes) /* shapes that do not fit are what a CPU refuses, too */
{
    if (!yes) {
        leaves();
    }
}

static UNSEEN void _tile_zero(int t)
{
    for (int i = 0; i < 16; ++i) {
        TILE_ROWS[t][i] = Bytes<64>{};
    }
}

SEEN void _tile_loadconfig(const void *shapes)
{
    const uint8_t *table = (const uint8_t *)shapes;
    tiles.set = table[0] == 1;
    for (int i = 1; i < 64; ++i) { /* a CPU faults where what is reserved is not 0, or a row to begin with is given */
        fit(!table[i] || (i >= 16 && i < 32) || (i >= 48 && i < 56));
    }
    for (int t = 0; t < 8; ++t) {
        tiles.bytes[t] = table[16 + 2 * t] | table[17 + 2 * t] << 8;
        tiles.rows[t] = table[48 + t];
        fit(tiles.rows[t] <= 16 && tiles.bytes[t] <= 64 && !tiles.rows[t] == !tiles.bytes[t]);
        _tile_zero(t);
    }
}

SEEN void _tile_loadd(int t, const void *p, ptrdiff_t stride)
{
    fit(tiles.set && tiles.rows[t] && tiles.bytes[t]);
    _tile_zero(t);
    for (int i = 0; i < tiles.rows[t]; ++i) {
        for (int j = 0; j < tiles.bytes[t]; ++j) {
            TILE_ROWS[t][i].at[j] = ((const OF(uint8_t) *)p)[i * stride + j];
        }
    }
}

SEEN void _tile_stored(int t, void *p, ptrdiff_t stride)
{
    fit(tiles.set && tiles.rows[t] && tiles.bytes[t]);
    for (int i = 0; i < tiles.rows[t]; ++i) {
        for (int j = 0; j < tiles.bytes[t]; ++j) {
            ((OF(uint8_t) *)p)[i * stride + j] = TILE_ROWS[t][i].at[j];
        }
    }
}

template <typename T> static UNSEEN void tile_products(int c, int a, int b) /* row m of c: Σ k a[m][k] b[k] */
{
    fit(tiles.set && tiles.rows[c] == tiles.rows[a] && tiles.bytes[c] == tiles.bytes[b] &&
        tiles.bytes[a] == 4 * tiles.rows[b]);
    for (int m = 0; m < tiles.rows[c]; ++m) {
        for (int k = 0; k < tiles.rows[b]; ++k) {
            const Bytes<64> own = TILE_ROWS[a][m], four = picked<int32_t, 64>(own, own, [=](int) { return k; });
            TILE_ROWS[c][m] = dot<T, int8_t>(TILE_ROWS[c][m], four, TILE_ROWS[b][k]);
        }
    }
}
static UNSEEN void _tile_dpbusd(int c, int a, int b) { tile_products<uint8_t>(c, a, b); }
static UNSEEN void _tile_dpbssd(int c, int a, int b) { tile_products<int8_t>(c, a, b); }
static UNSEEN void _tile_release() { tiles.set = false; }
