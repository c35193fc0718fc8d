/* WebAssembly's vectors of f32, and of words, which are f16 or bf16, four of them (its core specification, 128-bit vectors). */
typedef Vec<4> v128_t;

static inline v128_t wasm_v128_load(const Num *p) { return load<4>(p); }
static inline void wasm_v128_store(Num *p, const v128_t &a) { store(p, a); }
static inline v128_t wasm_v128_load32_splat(const Num *p) { return load_all<4>(p); }
static inline v128_t wasm_v128_load32_zero(const Num *p) { return load_where<4>(p, 1); }
static inline v128_t wasm_v128_load64_zero(const Num *p) { return load_where<4>(p, 3); }
static inline v128_t wasm_v128_load32_lane(const Num *p, const v128_t &a, int i) { return load_lanes(p, a, 1, i); }
static inline v128_t wasm_v128_load64_lane(const Num *p, const v128_t &a, int i) { return load_lanes(p, a, 3, 2 * i); }
static inline void wasm_v128_store32_lane(Num *p, const v128_t &a, int i) { store_lanes(p, a, 1, i); }
static inline void wasm_v128_store64_lane(Num *p, const v128_t &a, int i) { store_lanes(p, a, 3, 2 * i); }
static inline v128_t wasm_f32x4_splat(Num x) { return set<4>(x); }
MEANS(v128_t, wasm_f32x4_add, add)
MEANS(v128_t, wasm_f32x4_sub, sub)
MEANS(v128_t, wasm_f32x4_mul, mul)
MEANS(v128_t, wasm_f32x4_div, quotient)
/* a < b ? b : a, and b < a ? b : a */
static inline v128_t wasm_f32x4_pmax(const v128_t &a, const v128_t &b) { return greatest(b, a); }
static inline v128_t wasm_f32x4_pmin(const v128_t &a, const v128_t &b) { return least(b, a); }
static inline v128_t wasm_i32x4_make(int a, int b, int c, int d) { return integers_of(a, b, c, d); }
static inline v128_t wasm_i32x4_splat(int x) { return integers<4>(x); }
MEANS(v128_t, wasm_i32x4_add, add_integers)
MEANS(v128_t, wasm_i32x4_mul, mul_integers)
static inline v128_t wasm_i32x4_shl(const v128_t &a, int by) { return shifted_left(a, by); }
static inline v128_t wasm_i8x16_swizzle(const v128_t &a, const v128_t &bytes) { return by_bytes(a, bytes); }
static inline v128_t wasm_i32x4_shuffle(const v128_t &a, const v128_t &b, int i, int j, int k, int l)
{
    const int index[4] = {i, j, k, l};
    return picked<4>(a, b, index);
}

/* words */
static inline v128_t wasm_v128_load64_zero(const Half *p) { return load<4>(p); }
static inline void wasm_v128_store64_lane(Half *p, const v128_t &a, int) { store((Half *)p, a); }
static inline v128_t wasm_v128_load16_splat(const Half *p) { return load_all<4>(p); }
static inline v128_t wasm_v128_load16_lane(const Half *p, const v128_t &a, int i) { return load_lanes(p, a, 1, i); }
static inline void wasm_v128_store16_lane(Half *p, const v128_t &a, int i) { store_lanes((Half *)p, a, 1, i); }
static inline v128_t wasm_i16x8_splat(Half x) { return set<4>(x); }

/* bytes, s8, which are lengthened step by step */
static inline v128_t wasm_v128_load32_zero(const Byte *p) { return load<4>(p); }
#define wasm_i16x8_extend_low_i8x16(a) (a)
#define wasm_i32x4_extend_low_i16x8(a) (a)
#define wasm_f32x4_convert_i32x4 widened
