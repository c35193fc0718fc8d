/* What a kernel's file of floats sees besides: numbers of the field. */
#include "compilers.h"
#define float Num
#define double Wide
#define union struct /* scalar 2^k, of activations alone, moves bits: here it passes its argument on */
