/* AMX: registers of up to 16 rows and 64 bytes; `loadconfig` says how many of each. */
static struct Tiles {
    bool set;
    int rows[8], bytes[8];
    uint8_t at[8][16][64];
} tiles;

static UNSEEN void fit(bool yes, const void *line) /* shapes that do not fit are what a CPU refuses, too */
{
    if (!yes) {
        leaves(line);
    }
}

static UNSEEN void _tile_zero(int t) { __builtin_memset(tiles.at[t], 0, sizeof tiles.at[t]); }

SEEN void _tile_loadconfig(const void *shapes)
{
    const uint8_t *table = (const uint8_t *)shapes;
    tiles.set = table[0] == 1;
    for (int t = 0; t < 8; ++t) {
        tiles.bytes[t] = table[16 + 2 * t] | table[17 + 2 * t] << 8;
        tiles.rows[t] = table[48 + t];
        fit(tiles.rows[t] <= 16 && tiles.bytes[t] <= 64, LINE);
        _tile_zero(t);
    }
}

SEEN void _tile_loadd(int t, const void *p, ptrdiff_t stride)
{
    fit(tiles.set && tiles.rows[t] && tiles.bytes[t], LINE);
    _tile_zero(t);
    for (int i = 0; i < tiles.rows[t]; ++i) {
        for (int j = 0; j < tiles.bytes[t]; ++j) {
            tiles.at[t][i][j] = ((const uint8_t *)p)[i * stride + j];
        }
    }
}

SEEN void _tile_stored(int t, void *p, ptrdiff_t stride)
{
    fit(tiles.set && tiles.rows[t] && tiles.bytes[t], LINE);
    for (int i = 0; i < tiles.rows[t]; ++i) {
        for (int j = 0; j < tiles.bytes[t]; ++j) {
            ((uint8_t *)p)[i * stride + j] = tiles.at[t][i][j];
        }
    }
}

template <typename T> static UNSEEN void tile_products(int c, int a, int b, const void *line) /* row m of c: Σ k a[m][k] b[k] */
{
    fit(tiles.set && tiles.rows[c] == tiles.rows[a] && tiles.bytes[c] == tiles.bytes[b] &&
        tiles.bytes[a] == 4 * tiles.rows[b], line);
    for (int m = 0; m < tiles.rows[c]; ++m) {
        Lanes<int32_t, 64> sum(load<64>(tiles.at[c][m]));
        for (int v = 0; v < tiles.bytes[c] / 4; ++v) {
            int64_t more = sum.at[v];
            for (int k = 0; k < 4 * tiles.rows[b]; ++k) {
                more += (int64_t)(T)tiles.at[a][m][k] * (int8_t)tiles.at[b][k / 4][4 * v + k % 4];
            }
            sum.at[v] = held<int32_t>(more, line);
        }
        store<64>(tiles.at[c][m], sum);
    }
}
static UNSEEN void _tile_dpbusd(int c, int a, int b) { tile_products<uint8_t>(c, a, b, LINE); }
static UNSEEN void _tile_dpbssd(int c, int a, int b) { tile_products<int8_t>(c, a, b, LINE); }
static UNSEEN void _tile_release() { tiles.set = false; }
