/* What activations use of floats beside what integers do, on the same vectors: products that are rounded with the sum, and
   quotients. Behind the headers of the machine. */
#include <vectors.h>

extern "C" {
[[noreturn]] void leaves() { _Exit(1); }
void wraps() {} /* an exponent is made of bits, modulo 2^32 */
void aligned(const void *, int) {}
}

template <int B> UNSEEN static Bytes<B> fused(const Bytes<B> &a, const Bytes<B> &b, const Bytes<B> &c)
{
    const Lanes<float, B> x(a), y(b), z(c);
    Lanes<float, B> r;
    for (int i = 0; i < r.N; ++i) {
        r.at[i] = fmaf(x.at[i], y.at[i], z.at[i]);
    }
    return r;
}
template <int B> static inline Bytes<B> less_product(const Bytes<B> &a, const Bytes<B> &b, const Bytes<B> &c)
{
    return fused(each<float>(a, a, [](float x, float) { return -x; }), b, c);
}

template <int B> static inline Bytes<B> divided(const Bytes<B> &a, const Bytes<B> &b)
{
    return each<float>(a, b, [](float x, float y) { return x / y; });
}

#define _mm256_fmadd_ps fused<32>
#define _mm512_fmadd_ps fused<64>
#define _mm256_fnmadd_ps less_product<32>
#define _mm512_fnmadd_ps less_product<64>
#define _mm256_castps_si256(a) (a)
#define _mm512_castps_si512(a) (a)
#define vfmaq_f32(c, a, b) fused<16>(a, b, c)
#define vfmsq_f32(c, a, b) less_product<16>(a, b, c)
#define vdivq_f32 divided<16>
#define wasm_f32x4_div divided<16>
