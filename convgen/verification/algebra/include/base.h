/* What both kinds of proofs need of the system: included before the kernel's file, where names may mean something else. */
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint64_t P = (1ull << 61) - 1;

/* An element of the field from 64 bits: what random data and opaque functions are made of (the finisher of splitmix64). */
static inline uint64_t scattered(uint64_t a)
{
    a += 0x9e3779b97f4a7c15u;
    a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9u;
    a = (a ^ (a >> 27)) * 0x94d049bb133111ebu;
    return (a ^ (a >> 31)) % P;
}

[[noreturn]] static void refute(const char *what, const void *at, const void *line);

[[noreturn]] static void unread(const char *what) /* the file may be right: these headers have no meaning for it */
{
    printf("unread\t%s\n", what);
    exit(3);
}
