/* What opencl.h needs of a file's floats: here what they are. */
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
typedef float Real;
typedef unsigned short Word;
typedef unsigned char Octet;
#define BYTES(T) sizeof(T)
#define UNSEEN __attribute__((noinline, no_sanitize("thread"))) /* registers, no memory */

extern "C" void aligned(const void *p, int bytes);
static inline float multiplied(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
float widened(Word); /* of halves, which no file of integers has */
Word narrowed(float);
