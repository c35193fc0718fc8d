"""Functions of numbers in portable C, which call no library: what functions.py computes besides expressions.

Each is a Routine as an activation's are, of floats, one at a time: compilers make vectors of loops that call them. They
need a compiler that computes as it is written (templates/common/compilers.c.j2). Errors are in units of u = 2^-24,
relative to the result unless said; tests measure them. Polynomials are fitted here, to the least relative error.
"""

from __future__ import annotations

from .activation_code import EXPM1, EXPONENTIAL, LOG1P, Code, Operations, Routine


def _routine(name: str, parameters: str, comment: str, text: str) -> Routine:
    """text: statements, a line each."""
    def code(o: Operations) -> Code:
        yield from text.strip().splitlines()
    return Routine(name, tuple(parameters.split()), comment, code)


# --- whole numbers nearby: exact ---

NEAREST = _routine("nearest", "v", "The whole number nearest to v, ties to even: from 2^23 on all are whole.", """
const float size = v < 0.0f ? -v : v;
const float close = (size + 8388608.0f) - 8388608.0f;
const float whole = size < 8388608.0f ? close : size;
return v < 0.0f ? -whole : whole;
""")
BELOW = _routine("below", "v", "The largest whole number that is not above v.", """
const float close = nearest(v);
return close > v ? close - 1.0f : close;
""")
ABOVE = _routine("above", "v", "The least whole number that is not below v.", """
const float close = nearest(v);
return close < v ? close + 1.0f : close;
""")
MODULO = _routine("modulo", "a b", "a - b floor(a / b), of the sign of b; exact while the quotient is below 2^24 and"
                  " its product with b is.", """
return a - b * below(a / b);
""")
REMAINDER = _routine("left_over", "a b", "a - b trunc(a / b), of the sign of a; exact as modulo is.", """
const float quotient = a / b;
return a - b * (quotient < 0.0f ? above(quotient) : below(quotient));
""")

# --- roots, logarithms, powers ---

ROOT = _routine("root", "v", "The square root of v, error below 1.1 u; NaN below 0. 1 / sqrt(v) from its bits, three"
                " steps of Newton's, and a last one with the error of the square, which is exact by its halves.", """
const float scale = v < 7.8886091e-31f ? 281474976710656.0f : 1.0f;
const float back = v < 7.8886091e-31f ? 5.9604645e-08f : 1.0f;
const float x = v * scale;
const float half = 0.5f * x;
union { float f; uint32_t u; } bits;
bits.f = x;
bits.u = UINT32_C(0x5f3759df) - (bits.u >> 1);
float y = bits.f;
y = y * (1.5f - half * y * y);
y = y * (1.5f - half * y * y);
y = y * (1.5f - half * y * y);
const float s = x * y;
bits.f = s;
bits.u &= UINT32_C(0xfffff000);
const float high = bits.f;
const float low = s - high;
const float error = ((x - high * high) - 2.0f * high * low) - low * low;
const float found = (s + 0.5f * y * error) * back;
return v < 0.0f ? (v - v) / (v - v) : v > 0.0f && v <= 3.40282347e+38f ? found : v;
""")
LOGARITHM = _routine("logarithm", "v", "ln v, error below 3 u; -infinite at 0, NaN below. v = 2^k m with m from"
                     " sqrt(1/2) to sqrt(2); ln m = 2 artanh z = 2 z + z^3 p(z^2), z = (m - 1) / (m + 1).", """
const float scale = v < 1.17549435e-38f ? 8388608.0f : 1.0f;
const float less = v < 1.17549435e-38f ? 150.0f : 127.0f;
union { float f; uint32_t u; } bits;
bits.f = v * scale;
bits.u += UINT32_C(0x3f800000) - UINT32_C(0x3f3504f3);
const float k = (float)(int32_t)(bits.u >> 23) - less;
bits.u = (bits.u & UINT32_C(0x7fffff)) + UINT32_C(0x3f3504f3);
const float t = bits.f - 1.0f;
const float z = t / (t + 2.0f);
const float square = z * z;
const float p = (0.295443578f * square + 0.399900972f) * square + 0.666666753f;
const float rest = square * z * p - 2.12194440e-4f * k;
const float found = (rest + 2.0f * z) + 0.693359375f * k;
const float below_0 = v < 0.0f ? (v - v) / (v - v) : -1.0f / (v * v);
return v > 0.0f ? (v <= 3.40282347e+38f ? found : v) : below_0;
""")
POWER = _routine("power", "a b", "a^b, error below (5 + 5 |b ln a|) u: e^(b ln a). Of a negative a for whole b alone,"
                 " else NaN.", """
const float size = a < 0.0f ? -a : a;
const float found = size > 0.0f ? exponential(b * logarithm(size)) : b > 0.0f ? size : 1.0f / size;
const float odd = b - 2.0f * below(0.5f * b);
const float negative = odd == 1.0f ? -found : odd == 0.0f ? found : (b - b) / (b - b);
return b == 0.0f || a == 1.0f ? 1.0f : a < 0.0f ? negative : found;
""")
LOG1P_ANY = _routine("log1p_above", "t", "ln(1 + t) for t >= 0, error below 5 u.", """
return t <= 1.0f ? log1p_unit(t) : logarithm(1.0f + t);
""")

# --- the error function ---

ERROR_FUNCTION = _routine("error_function", "v", "erf v, error below 5 u: v p(v^2) up to 1, then 1 - t q(t) e^(-v^2)"
                          " with t = 1 / (1 + 0.4 |v|).", """
const float size = v < 0.0f ? -v : v;
const float square = size < 1.0f ? size * size : 1.0f;
const float p4 = (-0.000566015577f * square + 0.00492478964f) * square - 0.0267177075f;
const float p = ((p4 * square + 0.112804116f) * square - 0.376123557f) * square + 1.12837913f;
const float held = size < 4.2f ? size : 4.2f;
const float t = 1.0f / (1.0f + 0.4f * held);
const float q4 = (-0.135924731f * t + 0.519277457f) * t - 0.150084386f;
const float q = ((q4 * t + 0.342385835f) * t + 0.196733615f) * t + 0.22820281f;
const float beyond = 1.0f - t * q * exponential(-(held * held));
return size < 1.0f ? v * p : v < 0.0f ? -beyond : beyond;
""")

# --- circular functions ---

_QUADRANT = """
const float k = nearest(v * 0.636619772f);
const float r = ((v - k * 1.5703125f) - k * 4.83751297e-4f) - k * 7.54978995e-8f;
const float square = r * r;
const float sine = r + r * square * ((-0.000195172988f * square + 0.00833217814f) * square - 0.166666549f);
const float tail = (2.44384513e-05f * square - 0.00138873675f) * square + 0.0416666469f;
const float cosine = (1.0f - 0.5f * square) + square * square * tail;
const float quadrant = k - 4.0f * below(0.25f * k);
"""
_RANGE = "for |v| <= 4096: v = k pi/2 + r, in three parts; error below 3 u, or 3 u absolute close zeros but 0"
SINE = _routine("sine", "v", f"sin v, {_RANGE}.", _QUADRANT + """
const float size = quadrant == 1.0f || quadrant == 3.0f ? cosine : sine;
return quadrant < 2.0f ? size : -size;
""")
COSINE = _routine("cosine", "v", f"cos v, {_RANGE}.", _QUADRANT + """
const float size = quadrant == 1.0f || quadrant == 3.0f ? sine : cosine;
return quadrant == 1.0f || quadrant == 2.0f ? -size : size;
""")
TANGENT = _routine("tangent", "v", f"tan v, {_RANGE.replace('3 u', '6 u', 1)}.", """
return sine(v) / cosine(v);
""")
ARCTANGENT = _routine("arctangent", "v", "arctan v, error below 4 u: of 1 / v above 1; from tan(pi/8) on"
                      " pi/4 + arctan((t - 1) / (t + 1)); then a polynomial.", """
const float size = v < 0.0f ? -v : v;
const float t = size > 1.0f ? 1.0f / size : size;
const float z = t > 0.414213562f ? (t - 1.0f) / (t + 1.0f) : t;
const float square = z * z;
const float p4 = (0.0806030704f * square - 0.138798493f) * square + 0.19977926f;
const float close = z + z * square * (p4 * square - 0.333329553f);
const float within = t > 0.414213562f ? 0.785398163f + close : close;
const float found = size > 1.0f ? 1.57079633f - within : within;
return v < 0.0f ? -found : found;
""")
ARCSINE = _routine("arcsine", "v", "arcsin v = arctan(v / sqrt(1 - v^2)), error below 7 u.", """
return arctangent(v / root((1.0f - v) * (1.0f + v)));
""")
ARCCOSINE = _routine("arccosine", "v", "arccos v = 2 arctan sqrt((1 - v) / (1 + v)), error below 7 u.", """
return 2.0f * arctangent(root((1.0f - v) / (1.0f + v)));
""")

# --- hyperbolic functions ---

SINH = _routine("hyperbolic_sine", "v", "sinh v for |v| <= 87, error below 8 u: up to 1 -e (2 + e) / (2 (1 + e)),"
                " e = e^-|v| - 1.", """
const float size = v < 0.0f ? -v : v;
const float e = expm1_below(size < 1.0f ? -size : -1.0f);
const float power = exponential(size);
const float found = size < 1.0f ? -e * (2.0f + e) / (2.0f * (1.0f + e)) : 0.5f * (power - 1.0f / power);
return v < 0.0f ? -found : found;
""")
COSH = _routine("hyperbolic_cosine", "v", "cosh v for |v| <= 87, error below 6 u.", """
const float power = exponential(v < 0.0f ? -v : v);
return 0.5f * (power + 1.0f / power);
""")
ARSINH = _routine("area_sine", "v", "arsinh v for |v| <= 1e18, error below 8 u: ln(1 + |v| + v^2 /"
                  " (1 + sqrt(1 + v^2))).", """
const float size = v < 0.0f ? -v : v;
const float square = size * size;
const float found = log1p_above(size + square / (1.0f + root(1.0f + square)));
return v < 0.0f ? -found : found;
""")
ARCOSH = _routine("area_cosine", "v", "arcosh v for v up to 1e18, error below 8 u: ln(1 + t + sqrt(t (2 + t))),"
                  " t = v - 1.", """
const float t = v - 1.0f;
return log1p_above(t + root(t * (2.0f + t)));
""")
ARTANH = _routine("area_tangent", "v", "artanh v = ln(1 + 2 v / (1 - v)) / 2, error below 9 u.", """
const float size = v < 0.0f ? -v : v;
const float found = 0.5f * log1p_above(2.0f * size / (1.0f - size));
return v < 0.0f ? -found : found;
""")

WHOLE = (NEAREST, BELOW, ABOVE)
CIRCLE = (NEAREST, BELOW, SINE, COSINE)
LOGARITHMS = (LOG1P, LOGARITHM, LOG1P_ANY)
# what each row of functions.py needs, in the order in which it must stand; the last is the row's own
ROUTINES: dict[str, tuple[Routine, ...]] = {
    "round": (NEAREST,), "floor": (NEAREST, BELOW), "ceil": (NEAREST, ABOVE),
    "mod": (NEAREST, BELOW, MODULO), "fmod": (*WHOLE, REMAINDER),
    "sqrt": (ROOT,), "exp": (EXPONENTIAL,), "log": (LOGARITHM,),
    "pow": (NEAREST, BELOW, EXPONENTIAL, LOGARITHM, POWER), "erf": (EXPONENTIAL, ERROR_FUNCTION),
    "sin": CIRCLE[:3], "cos": (NEAREST, BELOW, COSINE), "tan": (*CIRCLE, TANGENT),
    "atan": (ARCTANGENT,), "asin": (ROOT, ARCTANGENT, ARCSINE), "acos": (ROOT, ARCTANGENT, ARCCOSINE),
    "sinh": (EXPONENTIAL, EXPM1, SINH), "cosh": (EXPONENTIAL, COSH), "asinh": (ROOT, *LOGARITHMS, ARSINH),
    "acosh": (ROOT, *LOGARITHMS, ARCOSH), "atanh": (*LOGARITHMS, ARTANH),
}  # fmt: skip
