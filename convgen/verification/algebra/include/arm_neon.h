/* NEON's vectors of f32, and of words, which are f16 or bf16 (Arm Neon Intrinsics Reference). */
typedef Vec<4> float32x4_t, uint32x4_t, uint8x16_t, uint16x4_t;
typedef Vec<2> float32x2_t;

static inline float32x4_t vld1q_f32(const Num *p) { return load<4>(p); }
static inline void vst1q_f32(Num *p, const float32x4_t &a) { store(p, a); }
static inline float32x2_t vld1_f32(const Num *p) { return load<2>(p); }
static inline void vst1_f32(Num *p, const float32x2_t &a) { store(p, a); }
static inline float32x4_t vld1q_lane_f32(const Num *p, const float32x4_t &a, int i) { return load_lanes(p, a, 1, i); }
static inline void vst1q_lane_f32(Num *p, const float32x4_t &a, int i) { store_lanes(p, a, 1, i); }
static inline float32x4_t vdupq_n_f32(Num x) { return set<4>(x); }
MEANS(float32x4_t, vaddq_f32, add)
MEANS(float32x4_t, vsubq_f32, sub)
MEANS(float32x4_t, vmulq_f32, mul)
MEANS(float32x4_t, vdivq_f32, quotient)
static inline float32x4_t vfmaq_f32(const float32x4_t &c, const float32x4_t &a, const float32x4_t &b) { return fma(a, b, c); }
static inline float32x4_t vfmsq_f32(const float32x4_t &c, const float32x4_t &a, const float32x4_t &b) { return fnma(a, b, c); }
MEANS(uint32x4_t, vcgtq_f32, is_greater)
MEANS(uint32x4_t, vcltq_f32, is_less)
static inline float32x4_t vbslq_f32(const uint32x4_t &m, const float32x4_t &a, const float32x4_t &b) { return chosen(m, a, b); }
static inline float32x4_t vextq_f32(const float32x4_t &a, const float32x4_t &b, int first) { return from(a, b, first); }

#define PICK(name, ...) static inline float32x4_t name(const float32x4_t &a, const float32x4_t &b) \
    { static const int index[4] = {__VA_ARGS__}; return picked<4>(a, b, index); }
PICK(vuzp1q_f32, 0, 2, 4, 6)
PICK(vuzp2q_f32, 1, 3, 5, 7)
PICK(vzip1q_f32, 0, 4, 1, 5)
PICK(vzip2q_f32, 2, 6, 3, 7)

static inline float32x2_t vget_low_f32(const float32x4_t &a) { return {{a.lane[0], a.lane[1]}}; }
static inline float32x2_t vget_high_f32(const float32x4_t &a) { return {{a.lane[2], a.lane[3]}}; }
static inline float32x4_t vcombine_f32(const float32x2_t &a, const float32x2_t &b)
{
    return {{a.lane[0], a.lane[1], b.lane[0], b.lane[1]}};
}

/* integers, and the same bits */
static inline uint32x4_t vdupq_n_u32(uint32_t x) { return integers<4>((int32_t)x); }
static inline uint32x4_t vld1q_u32(const uint32_t *p) { return integers_of(p[0], p[1], p[2], p[3]); }
MEANS(uint32x4_t, vaddq_u32, add_integers)
static inline uint32x4_t vmlaq_n_u32(const uint32x4_t &c, const uint32x4_t &a, uint32_t b)
{
    return add_integers(c, mul_integers(a, integers<4>((int32_t)b)));
}
static inline uint32x4_t vshlq_n_u32(const uint32x4_t &a, int by) { return shifted_left(a, by); }
static inline uint8x16_t vqtbl1q_u8(const uint8x16_t &a, const uint8x16_t &bytes) { return by_bytes(a, bytes); }
#define vreinterpretq_u32_f32(a) (a)
#define vreinterpretq_f32_u32(a) (a)
#define vreinterpretq_u8_f32(a) (a)
#define vreinterpretq_u8_u32(a) (a)
#define vreinterpretq_f32_u8(a) (a)

/* words */
static inline uint16x4_t vld1_u16(const Half *p) { return load<4>(p); }
static inline void vst1_u16(Half *p, const uint16x4_t &a) { store((Half *)p, a); }
static inline uint16x4_t vld1_dup_u16(const Half *p) { return load_all<4>(p); }
static inline uint16x4_t vld1_lane_u16(const Half *p, const uint16x4_t &a, int i) { return load_lanes(p, a, 1, i); }
static inline void vst1_lane_u16(Half *p, const uint16x4_t &a, int i) { store_lanes((Half *)p, a, 1, i); }
static inline uint16x4_t vdup_n_u16(Half x) { return set<4>(x); }
