/* What stands for an activation that is no clip: another element of the field for each argument, and each slope. Included
   where it stood. */
#pragma once

static inline Num stand_in(Num v) { return Num(opaque(v, NOTHING)); }
static inline Num stand_in(Num v, Num slope) { return Num(opaque(v, slope)); }
template <typename V> static V stand_in(V v)
{
    for (auto &one : v.lane) {
        one = Num(opaque(one, NOTHING));
    }
    return v;
}
template <typename V> static V stand_in(V v, const V &slopes)
{
    for (int i = 0; i < (int)(sizeof v.lane / sizeof *v.lane); ++i) {
        v.lane[i] = Num(opaque(v.lane[i], slopes.lane[i]));
    }
    return v;
}
