/* What stands for an activation that floats compute: it doubles its argument, exactly. Included where it stood, and where `int`
   may mean something else. */
#include <vectors.h>

static inline float twice(float v) { return v + v; }
template <auto B> static Bytes<B> twice(const Bytes<B> &v) { return each<float>(v, v, [](float x, float y) { return x + y; }); }
