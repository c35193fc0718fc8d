template <typename T> static inline T cut(int64_t x) /* to the nearest that T has */
{
    const int64_t low = T(-1) < T(0) ? -(INT64_C(1) << (8 * sizeof(T) - 1)) : 0;
    const int64_t high = low + (int64_t)((UINT64_C(1) << (8 * sizeof(T))) - 1);
    return (T)(x < low ? low : x > high ? high : x);
}
