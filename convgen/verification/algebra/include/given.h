/* What is printed of a layer. An array: cell, the bytes of a number, or of whatever it is counted by; shape and stride of its own numbers, outermost first, of which the others of its
   span are not; magnitude: what its numbers count. A layer: its arrays as n, channels, d, h, w, or
   weights as groups, o and i of a group, d, h, w. */
struct Given {
    const char *name;
    size_t bytes, cell;
    int align;
    bool writable;
    double magnitude;
    long shape[5], stride[5];
};

struct Tensor {
    int slot;
    long extent[6], stride[6], first;
};

/* summed: x, y or w, by its number; added: bias and residual, slots, -1 where there is none; roundings, magnitude: the bound
   of the sum, where inputs and weights are numbers up to 1. */
struct Layer {
    Tensor x, y, w;
    int summed;
    long stride[3], dilation[3], before[3];
    int added[2], roundings;
    double magnitude;
    Val (*activated)(Val, long);
    const Tensor &sums() const { return summed == 0 ? x : summed == 1 ? y : w; }
};
