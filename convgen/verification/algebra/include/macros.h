/* What a kernel's file of floats sees besides: numbers of the field. */
#include "compilers.h"
#define float Num
#define double Wide
