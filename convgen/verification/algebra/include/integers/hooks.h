/* What the compiler calls before each access of memory (the interface of its thread sanitizer, whose library is not linked):
   those of the caller's arrays are checked, byte by byte. `mask`: 1 for the bytes of an array that the caller gives or is given. */
static const uint8_t *mask[SLOTS];
static bool wraps_once; /* whether a sum of 32 bits left them, and where */
static Trace wrapped;

static inline void access(const void *p, size_t bytes, bool write)
{
    if (!tracked(p)) {
        return;
    }
    const Cell *at = (const Cell *)p;
    for (size_t k = 0; k < bytes; ++k) {
        size_t i;
        Array &a = found(at + k, &i);
        const int slot = (int)(&a - arrays);
        if (mask[slot] && !mask[slot][i]) {
            refute(write ? "written beside the slice" : "read beside the slice", at + k);
        }
        if (write) {
            note_writing(a, i);
        } else if (a.writable && i < a.shared) {
            note_reading(a, i);
        }
    }
}

extern "C" {
void leaves() { refute("leaves its type", 0); }
void aligned(const void *p, int bytes)
{
    if (tracked(p) && (uintptr_t)p % (size_t)bytes) {
        refute("misaligned", p);
    }
}
void wraps()
{
    wrapped = wraps_once ? wrapped : trace();
    wraps_once = true;
}
#define HOOK(name, bytes, write) void __tsan_##name(const void *p) { access(p, bytes, write); }
#define HOOKS(bytes) HOOK(read##bytes, bytes, false) HOOK(write##bytes, bytes, true) \
    HOOK(unaligned_read##bytes, bytes, false) HOOK(unaligned_write##bytes, bytes, true)
HOOKS(1)
HOOKS(2)
HOOKS(4)
HOOKS(8)
HOOKS(16)
void __tsan_read_range(const void *p, size_t bytes) { access(p, bytes, false); }
void __tsan_write_range(const void *p, size_t bytes) { access(p, bytes, true); }
void *__tsan_memcpy(void *to, const void *from, size_t bytes)
{
    access(from, bytes, false);
    access(to, bytes, true);
    return memcpy(to, from, bytes);
}
void *__tsan_memset(void *to, int byte, size_t bytes)
{
    access(to, bytes, true);
    return memset(to, byte, bytes);
}
void __tsan_init() {}
void __tsan_func_entry(void *) {}
void __tsan_func_exit() {}
}
