/* What stands for an activation that floats compute: it doubles its argument, exactly. Included where it stood, and where `int`
   may mean something else. */
#pragma once

static inline float stand_in(float v) { return v + v; }
template <typename V> static V stand_in(const V &v)
{
    if constexpr (requires { v + v; }) {
        return v + v;
    } else {
        return each<float>(v, v, [](float x, float y) { return x + y; });
    }
}
