/* What both kinds of proofs need of the system: included before the kernel's file, where names may mean something else. */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* of math.h, which takes as long to compile as all else here */
extern "C" {
double fabs(double);
double frexp(double, int *);
double ldexp(double, int);
double fma(double, double, double);
long double floorl(long double);
long double acosl(long double);
long double cosl(long double);
long double roundl(long double);
long double fabsl(long double);
long double ldexpl(long double, int);
}

static const uint64_t P = (1ull << 61) - 1;

/* An element of the field from 64 bits: what random data and opaque functions are made of (the finisher of splitmix64). */
static inline uint64_t scattered(uint64_t a)
{
    a += 0x9e3779b97f4a7c15u;
    a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9u;
    a = (a ^ (a >> 27)) * 0x94d049bb133111ebu;
    return (a ^ (a >> 31)) % P;
}

/* Where functions that are called now were left, the innermost first: the first of the kernel's file among them is the line
   that a finding names. By the chain of frame pointers, which ends where they go down. */
struct Trace {
    const char *at[16];
};

static __attribute__((noinline)) Trace trace()
{
    Trace r = {};
    const uintptr_t *frame = (const uintptr_t *)__builtin_frame_address(0);
    for (const char *&at : r.at) {
        at = (const char *)frame[1];
        const uintptr_t *next = (const uintptr_t *)frame[0];
        if (next <= frame || next - frame > 1 << 17) {
            break;
        }
        frame = next;
    }
    return r;
}

extern "C" char __executable_start;

static void tell(const Trace &trace) /* as proof.py reads it */
{
    for (const char *at : trace.at) {
        at ? printf("%zu ", (size_t)(at - &__executable_start)) : 0;
    }
}

[[noreturn]] static void refute(const char *what, const void *at, const Trace &where = trace());

[[noreturn]] static void unread(const char *what) /* the file may be right: these headers have no meaning for it */
{
    printf("unread\t%s\n", what);
    exit(3);
}
