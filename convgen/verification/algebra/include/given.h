/* What is printed of a layer. An array: cell, the bytes of a number, or of whatever it is counted by; shape and stride of its
   own numbers, outermost first, of which the others of its span are not; magnitude: what its numbers count. A part of the
   convolution: an array as n, channels, d, h, w, or weights as groups, o and i of a group, d, h, w. */
struct Given {
    const char *name;
    size_t bytes, cell;
    int align;
    bool writable;
    double magnitude;
    long shape[5], stride[5];
};

template <typename F> static void each_number(const Given &array, F f) /* its place */
{
    const long *n = array.shape, *s = array.stride;
    for (long i = 0; i < n[0] * n[1] * n[2] * n[3] * n[4]; ++i) {
        size_t place = 0;
        for (long axis = 4, left = i; axis >= 0; left /= n[axis--]) {
            place += (size_t)(left % n[axis] * s[axis]);
        }
        f(place);
    }
}

struct Tensor {
    int slot;
    long extent[6], stride[6], first;
};
