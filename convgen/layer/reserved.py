"""Names that a kernel must not have, since others have them: a table with what each is, and where that is written.

A kernel's name is a function with external linkage, the start of macros, and the name of a header.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Taken(NamedTuple):
    """what: one of the words is. endings: of each word, which are taken too. exact: whether case matters; the names of
    files have none on some systems."""

    what: str
    words: str
    endings: tuple[str, ...] = ("",)
    exact: bool = True


TAKEN = (
    # ISO/IEC 9899:2024, 6.4.1, and ISO/IEC 14882:2020, 5.11, 5.12
    Taken("a keyword of C or C++", """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int
    long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned using
    virtual void volatile wchar_t while xor xor_eq
    """),
    # ISO/IEC 14882:2020, 16.4.5.2; and an alias of libstdc++
    Taken("a namespace of C++", "abi posix std"),
    Taken("where every program starts", "main wmain WinMain wWinMain DllMain"),
    # ISO/IEC 9899:2024, annex B, and what glibc 2.36 has of the kind
    Taken("a function of C's mathematics", """
    acos acosh asin asinh atan atan2 atanh cabs cacos cacosh canonicalize carg casin casinh catan catanh cbrt ccos
    ccosh ceil cexp cimag clog clog10 conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh drem erf
    erfc exp exp10 exp2 expm1 fabs fdim finite floor fma fmax fmaximum fmaximum_mag fmaximum_mag_num fmaximum_num
    fmaxmag fmin fminimum fminimum_mag fminimum_mag_num fminimum_num fminmag fmod frexp fromfp fromfpx gamma
    getpayload hypot ilogb isinf isnan j0 j1 jn ldexp lgamma llogb llrint llround log log10 log1p log2 logb lrint
    lround modf nan nearbyint nextafter nextdown nexttoward nextup pow remainder remquo rint round roundeven scalb
    scalbln scalbn setpayload setpayloadsig significand sin sincos sinh sqrt tan tanh tgamma totalorder
    totalordermag trunc ufromfp ufromfpx y0 y1 yn
    """, ("", "f", "l", "f16", "f32", "f64", "f128", "f32x", "f64x")),
    Taken("a function of C's library", """
    abort abs aligned_alloc asctime assert at_quick_exit atexit atof atoi atol atoll bsearch btowc c16rtomb c32rtomb
    c8rtomb call_once calloc clearerr clock ctime daddl ddivl dfmal difftime div dmull dsqrtl dsubl exit fadd faddl
    fclose fdiv fdivl feclearexcept fegetenv fegetexceptflag fegetmode fegetround feholdexcept feof feraiseexcept
    ferror fesetenv fesetexcept fesetexceptflag fesetmode fesetround fetestexcept fetestexceptflag feupdateenv
    fflush ffma ffmal fgetc fgetpos fgets fgetwc fgetws fmul fmull fopen fprintf fputc fputs fputwc fputws fread
    free freopen fscanf fseek fsetpos fsqrt fsqrtl fsub fsubl ftell fwide fwprintf fwrite fwscanf getc getchar
    getenv getwc getwchar gmtime imaxabs imaxdiv isalnum isalpha isblank iscntrl isdigit isgraph islower isprint
    ispunct isspace isupper iswalnum iswalpha iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint
    iswpunct iswspace iswupper iswxdigit isxdigit labs ldiv llabs lldiv localeconv localtime longjmp malloc mblen
    mbrlen mbrtoc16 mbrtoc32 mbrtoc8 mbrtowc mbsinit mbsrtowcs mbstowcs mbtowc memccpy memchr memcmp memcpy memmove
    memset mktime perror printf putc putchar puts putwc putwchar qsort quick_exit raise rand realloc remove rename
    rewind scanf setbuf setjmp setlocale setvbuf signal snprintf sprintf srand sscanf strcat strchr strcmp strcoll
    strcpy strcspn strdup strerror strfromd strfromf strfroml strftime strlen strncat strncmp strncpy strndup
    strpbrk strrchr strspn strstr strtod strtof strtoimax strtok strtol strtold strtoll strtoul strtoull strtoumax
    strxfrm swprintf swscanf system time timegm timespec_get timespec_getres tmpfile tmpnam tolower toupper
    towctrans towlower towupper ungetc ungetwc va_arg va_copy va_end va_start vfprintf vfscanf vfwprintf vfwscanf
    vprintf vscanf vsnprintf vsprintf vsscanf vswprintf vswscanf vwprintf vwscanf wcrtomb wcscat wcschr wcscmp
    wcscoll wcscpy wcscspn wcsftime wcslen wcsncat wcsncmp wcsncpy wcspbrk wcsrchr wcsrtombs wcsspn wcsstr wcstod
    wcstof wcstoimax wcstok wcstol wcstold wcstoll wcstombs wcstoul wcstoull wcstoumax wcsxfrm wctob wctomb wctrans
    wctype wmemchr wmemcmp wmemcpy wmemmove wmemset wprintf wscanf
    """, ("", "_l", "_r", "_s", "_unlocked")),
    Taken("a macro of C's library", """
    BOOL_MAX BOOL_WIDTH BUFSIZ CHAR_BIT CHAR_MAX CHAR_MIN CHAR_WIDTH CLOCKS_PER_SEC CMPLX CMPLXF CMPLXL DECIMAL_DIG
    DEC_EVAL_METHOD DEC_INFINITY DEC_NAN E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EADV EAFNOSUPPORT EAGAIN EALREADY
    EBADE EBADF EBADFD EBADMSG EBADR EBADRQC EBADSLT EBFONT EBUSY ECANCELED ECHILD ECHRNG ECOMM ECONNABORTED
    ECONNREFUSED ECONNRESET EDEADLK EDEADLOCK EDESTADDRREQ EDOM EDOTDOT EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN
    EHOSTUNREACH EHWPOISON EIDRM EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR EISNAM EKEYEXPIRED EKEYREJECTED
    EKEYREVOKED EL2HLT EL2NSYNC EL3HLT EL3RST ELIBACC ELIBBAD ELIBEXEC ELIBMAX ELIBSCN ELNRNG ELOOP EMEDIUMTYPE
    EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENAVAIL ENETDOWN ENETRESET ENETUNREACH ENFILE ENOANO ENOBUFS
    ENOCSI ENODATA ENODEV ENOENT ENOEXEC ENOKEY ENOLCK ENOLINK ENOMEDIUM ENOMEM ENOMSG ENONET ENOPKG ENOPROTOOPT
    ENOSPC ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTNAM ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY
    ENOTUNIQ ENXIO EOF EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPFNOSUPPORT EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE
    ERANGE EREMCHG EREMOTE EREMOTEIO ERESTART ERFKILL EROFS ESHUTDOWN ESOCKTNOSUPPORT ESPIPE ESRCH ESRMNT ESTALE
    ESTRPIPE ETIME ETIMEDOUT ETOOMANYREFS ETXTBSY EUCLEAN EUNATCH EUSERS EWOULDBLOCK EXDEV EXFULL EXIT_FAILURE
    EXIT_SUCCESS FILENAME_MAX FOPEN_MAX HUGE_VAL HUGE_VALF HUGE_VALL I INFINITY INT_MAX INT_MIN INT_WIDTH LLONG_MAX
    LLONG_MIN LLONG_WIDTH LONG_MAX LONG_MIN LONG_WIDTH L_tmpnam MATH_ERREXCEPT MATH_ERRNO MB_CUR_MAX MB_LEN_MAX NAN
    NULL ONCE_FLAG_INIT PTRDIFF_MAX PTRDIFF_MIN PTRDIFF_WIDTH RAND_MAX SCHAR_MAX SCHAR_MIN SCHAR_WIDTH SEEK_CUR
    SEEK_END SEEK_SET SHRT_MAX SHRT_MIN SHRT_WIDTH SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP
    SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF SIGPWR SIGQUIT SIGRTMAX SIGRTMIN SIGSEGV SIGSTKFLT
    SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ
    SIZE_MAX SIZE_WIDTH TIME_UTC TMP_MAX TSS_DTOR_ITERATIONS UCHAR_MAX UCHAR_WIDTH UINT_MAX UINT_WIDTH ULLONG_MAX
    ULLONG_WIDTH ULONG_MAX ULONG_WIDTH USHRT_MAX USHRT_WIDTH WCHAR_MAX WCHAR_MIN WCHAR_WIDTH WEOF WINT_MAX WINT_MIN
    WINT_WIDTH complex errno fpclassify iscanonical iseqsig isfinite isgreater isgreaterequal isinf isless
    islessequal islessgreater isnan isnormal issignaling issubnormal isunordered iszero kill_dependency
    math_errhandling noreturn offsetof signbit stderr stdin stdout
    """),
    Taken("a type of C's library", """
    FILE char16_t char32_t char8_t clock_t constraint_handler_t div_t double_t errno_t femode_t fenv_t fexcept_t
    float_t fpos_t imaxdiv_t intmax_t intptr_t jmp_buf ldiv_t lldiv_t max_align_t mbstate_t memory_order nullptr_t
    once_flag ptrdiff_t rsize_t sig_atomic_t size_t time_t uintmax_t uintptr_t va_list wchar_t wctrans_t wctype_t
    wint_t
    """),
    # POSIX.1-2017, System Interfaces
    Taken("a function or variable of POSIX", """
    a64l accept access aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend aio_write alarm alphasort bind
    catclose catgets catopen cfgetispeed cfgetospeed cfsetispeed cfsetospeed chdir chmod chown clock_getcpuclockid
    clock_getres clock_gettime clock_nanosleep clock_settime close closedir closelog confstr connect creat ctermid
    daylight dirfd dirname dlclose dlerror dlopen dlsym dprintf drand48 dup dup2 duplocale endgrent endhostent
    endnetent endprotoent endpwent endservent endutxent environ erand48 execl execle execlp execv execve execvp
    faccessat fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fdopen fdopendir fexecve ffs fileno flockfile
    fmemopen fmtmsg fnmatch fork fpathconf freeaddrinfo freelocale fseeko fstat fstatat fstatvfs fsync ftello ftok
    ftruncate ftrylockfile ftw funlockfile futimens gai_strerror getaddrinfo getcwd getdate getdate_err getdelim
    getegid geteuid getgid getgrent getgrgid getgrnam getgroups gethostbyaddr gethostbyname gethostent gethostid
    gethostname getitimer getline getlogin getnameinfo getnetbyaddr getnetbyname getnetent getopt getpeername
    getpgid getpgrp getpid getppid getpriority getprotobyname getprotobynumber getprotoent getpwent getpwnam
    getpwuid getrlimit getrusage getservbyname getservbyport getservent getsid getsockname getsockopt getsubopt
    gettimeofday getuid getutxent getutxid getutxline glob globfree grantpt hcreate hdestroy hsearch htonl htons
    iconv iconv_close iconv_open if_freenameindex if_indextoname if_nameindex if_nametoindex inet_addr inet_lnaof
    inet_makeaddr inet_netof inet_network inet_ntoa inet_ntop inet_pton initstate insque isascii isatty jrand48 kill
    killpg l64a lchown lcong48 lfind link linkat lio_listio listen lockf lrand48 lsearch lseek lstat mbsnrtowcs
    mkdir mkdirat mkdtemp mkfifo mkfifoat mknod mknodat mkstemp mlock mlockall mmap mprotect mq_close mq_getattr
    mq_notify mq_open mq_receive mq_send mq_setattr mq_timedreceive mq_timedsend mq_unlink mrand48 msgctl msgget
    msgrcv msgsnd msync munlock munlockall munmap nanosleep newlocale nftw nice nl_langinfo nrand48 ntohl ntohs open
    open_memstream open_wmemstream openat opendir openlog optarg opterr optind optopt pathconf pause pclose pipe
    poll popen posix_fadvise posix_fallocate posix_madvise posix_memalign posix_openpt posix_spawn
    posix_spawn_file_actions_addclose posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addopen
    posix_spawn_file_actions_destroy posix_spawn_file_actions_init posix_spawnattr_destroy posix_spawnattr_getflags
    posix_spawnattr_getpgroup posix_spawnattr_getschedparam posix_spawnattr_getschedpolicy
    posix_spawnattr_getsigdefault posix_spawnattr_getsigmask posix_spawnattr_init posix_spawnattr_setflags
    posix_spawnattr_setpgroup posix_spawnattr_setschedparam posix_spawnattr_setschedpolicy
    posix_spawnattr_setsigdefault posix_spawnattr_setsigmask posix_spawnp pread pselect psiginfo psignal ptsname
    putenv pututxline pwrite random read readdir readlink readlinkat readv realpath recv recvfrom recvmsg regcomp
    regerror regexec regfree remque renameat rewinddir rmdir scandir sched_get_priority_max sched_get_priority_min
    sched_getparam sched_getscheduler sched_rr_get_interval sched_setparam sched_setscheduler sched_yield seed48
    seekdir select sem_close sem_destroy sem_getvalue sem_init sem_open sem_post sem_timedwait sem_trywait
    sem_unlink sem_wait semctl semget semop send sendmsg sendto setegid setenv seteuid setgid setgrent sethostent
    setitimer setlogmask setnetent setpgid setpgrp setpriority setprotoent setpwent setregid setreuid setrlimit
    setservent setsid setsockopt setstate setuid setutxent shm_open shm_unlink shmat shmctl shmdt shmget shutdown
    sigaction sigaddset sigaltstack sigdelset sigemptyset sigfillset sighold sigignore siginterrupt sigismember
    siglongjmp signgam sigpause sigpending sigprocmask sigqueue sigrelse sigset sigsuspend sigtimedwait sigwait
    sigwaitinfo sleep sockatmark socket socketpair srand48 srandom stat statvfs stpcpy stpncpy strcasecmp strfmon
    strncasecmp strnlen strptime strsignal swab symlink symlinkat sync sysconf syslog tcdrain tcflow tcflush
    tcgetattr tcgetpgrp tcgetsid tcsendbreak tcsetattr tcsetpgrp tdelete telldir tempnam tfind timer_create
    timer_delete timer_getoverrun timer_gettime timer_settime times timezone toascii truncate tsearch ttyname twalk
    tzname tzset ulimit umask uname unlink unlinkat unlockpt unsetenv uselocale utime utimensat utimes vdprintf wait
    waitid waitpid wcpcpy wcpncpy wcscasecmp wcsdup wcsncasecmp wcsnlen wcsnrtombs wcswcs wcswidth wcwidth wordexp
    wordfree write writev
    """, ("", "64", "_l", "_r")),
    Taken("a macro of POSIX's mathematics", "M_E M_LN10 M_LN2 M_LOG10E M_LOG2E M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2"),
    Taken("a type of POSIX", """
    DIR blkcnt_t blksize_t cc_t clockid_t cpu_set_t dev_t fd_set fsblkcnt_t fsfilcnt_t gid_t glob_t iconv_t id_t
    in_addr_t in_port_t ino_t locale_t mode_t mqd_t msglen_t msgqnum_t nfds_t nl_catd nl_item nlink_t off_t pid_t
    regex_t regmatch_t regoff_t rlim_t sa_family_t shmatt_t sigevent_t sigjmp_buf sigset_t socklen_t speed_t ssize_t
    suseconds_t tcflag_t timer_t ucontext_t uid_t useconds_t wordexp_t
    caddr_t daddr_t error_t fpos64_t ino64_t key_t loff_t mcontext_t off64_t quad_t sem_t sig_t sighandler_t siginfo_t
    sigval_t stack_t u_char u_int u_int16_t u_int32_t u_int64_t u_int8_t u_long u_quad_t u_short uint ulong ushort
    """),
    Taken("a macro of POSIX and Unix", """
    alloca be16toh be32toh be64toh h_addr h_errno htobe16 htobe32 htobe64 htole16 htole32 htole64 le16toh le32toh
    le64toh s6_addr s_addr sa_handler sa_sigaction si_addr si_band si_code si_fd si_pid si_status si_uid si_value
    sigmask sigsetjmp st_atime st_ctime st_mtime strdupa strndupa timeradd timerclear timercmp timerisset timersub
    """),
    Taken("a function of Unix's C libraries", """
    accept4 acct addmntent addseverity adjtime adjtimex arc4random asprintf backtrace basename bcmp bcopy
    bindresvport bindtextdomain brk bzero capget capset cfmakeraw cfsetspeed chflags chroot clearenv clone closefrom
    cuserid daemon dcgettext dcngettext dgettext dladdr dladdr1 dlinfo dlmopen dlvsym dngettext dup3 dysize eaccess
    ecvt endaliasent endfsent endmntent endnetgrent endrpcent endsgent endspent endttyent endusershell endutent err
    error errx euidaccess eventfd execveat execvpe fallocate fchflags fcloseall fcvt fedisableexcept feenableexcept
    fegetexcept ffsl ffsll fgetgrent fgetpwent fgetsgent fgetspent fgetxattr flistxattr flock fopencookie forkpty
    freeifaddrs fremovexattr fsconfig fsetxattr fsmount fsopen fspick fstatfs ftime futimes futimesat gcvt
    get_current_dir_name getaliasbyname getaliasent getauxval getcontext getcpu getdirentries getdomainname
    getdtablesize getentropy getfsent getfsfile getfsspec getgrouplist gethostbyname2 getifaddrs getipv4sourcefilter
    getloadavg getmntent getnetgrent getpagesize getpass getpt getpw getrandom getresgid getresuid getrpcbyname
    getrpcbynumber getrpcent gets getsgent getsgnam getsourcefilter getspent getspnam gettext gettid getttyent
    getttynam getusershell getutent getutid getutline getutmp getutmpx getw getwd getxattr gsignal gtty hasmntopt
    herror hstrerror index initgroups innetgr ioctl ioperm iopl iruserok isctype isfdtype klogctl lchmod lckpwdf
    lgetxattr listxattr llistxattr login logout logwtmp lremovexattr lsetxattr lutimes madvise makecontext mallinfo
    mallinfo2 mallopt mcheck mcount memalign memfrob memmem mempcpy memrchr mincore mkostemp mkostemps mkstemps
    mktemp mlock2 moncontrol monstartup mount mprobe mremap mtrace muntrace ngettext openpty personality pipe2 ppoll
    prctl preadv preadv2 preadv64v2 prlimit profil ptrace putgrent putpwent putsgent putspent pututline putw pvalloc
    pwritev pwritev2 pwritev64v2 qecvt qfcvt qgcvt quotactl rawmemchr rcmd readahead reallocarray reboot recvmmsg
    removexattr renameat2 revoke rexec rexecoptions rindex rpmatch rresvport ruserok ruserpass sbrk scandirat
    secure_getenv semtimedop sendfile sendmmsg setaliasent setbuffer setcontext setdomainname setfsent setfsgid
    setfsuid setgroups sethostid sethostname setipv4sourcefilter setlinebuf setlogin setmntent setnetgrent setns
    setresgid setresuid setrpcent setsgent setsourcefilter setspent settimeofday setttyent setusershell setutent
    setxattr sgetsgent sgetspent sigandset sigblock siggetmask sigisemptyset signalfd sigorset sigreturn sigsetmask
    sigstack splice sprofil ssignal statfs statx strcasestr strchrnul strfry strsep strtoq strtouq strverscmp stty
    swapcontext swapoff swapon syncfs syscall sysinfo tdestroy tee textdomain tgkill timelocal ttyslot ualarm
    ulckpwdf umount umount2 unshare updwtmp updwtmpx usleep utmpname utmpxname valloc vasprintf verr verrx
    versionsort vfork vhangup vlimit vmsplice vsyslog vwarn vwarnx wait3 wait4 warn warnx wcschrnul wcstoq wcstouq
    wmempcpy
    """),
    # GCC's and clang's -dM; rpcndr.h, windef.h, minwindef.h and combaseapi.h of the Windows SDK
    Taken("a macro of compilers", "arm hpux i386 linux mips pic30 pixel sparc sun unix vax vector"),
    Taken("a macro of windows.h", """
    BOOL BOOLEAN BYTE CALLBACK CHAR CONST DELETE DIFFERENCE DOUBLE DWORD ERROR FALSE FAR FLOAT HANDLE IN INT INT16
    INT32 INT64 INT8 LONG MAX_PATH NEAR NO_ERROR OPAQUE OPTIONAL OUT PASCAL RELATIVE ABSOLUTE SHORT STRICT
    TRANSPARENT TRUE UCHAR UINT UINT16 UINT32 UINT64 UINT8 ULONG USHORT VOID WINAPI WORD cdecl far hyper
    interface max min near pascal small ALTERNATE CDECL CMYK DUPLICATE FAILED FASTCALL HALFTONE HIBYTE HIWORD IGNORE
    INFINITE INTERFACE LOBYTE LOWORD NOERROR PASSTHROUGH PLANES PURE REGISTERED RGB SUCCEEDED SYNCHRONIZE TECHNOLOGY
    TEXT THIS UNALIGNED WIN32 WIN64 WINDING WINNT Yield s_host s_imp s_lh s_net
    """),
    Taken("a type of windows.h", "ATOM GUID HRESULT HWND LUID MSG POINT RECT SIZE boolean byte"),
    # Naming Files, Paths, and Namespaces (learn.microsoft.com/windows/win32/fileio/naming-a-file)
    Taken("a device of Windows, no file", """
    aux com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 nul
    prn
    """, exact=False),
    # NAME.h would be found in their place: C, POSIX, and what kernels and their callers include
    Taken("a header of C or of compilers", """
    aio arm_acle arm_fp16 arm_neon arm_sve assert complex cpio cpuid ctype dirent dlfcn emmintrin errno fcntl fenv
    float fmtmsg fnmatch ftw getopt glob grp iconv immintrin intrin inttypes io iso646 langinfo libgen limits locale
    math monetary mqueue ndbm netdb nl_types nmmintrin omp pmmintrin poll process pthread pwd regex sched search
    semaphore setjmp signal smmintrin spawn stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdint stdio
    stdlib stdnoreturn string strings syslog tar termios tgmath threads time tmmintrin uchar ulimit unistd utime
    utmpx wasm_simd128 wchar wctype windows wmmintrin wordexp x86intrin xmmintrin
    """, exact=False),
)

# Families of names, of which a list would be long.
FAMILIES = (
    # ISO/IEC 9899:2024, 7.1.3, 7.22 and 7.33
    ("reserved for compilers and their libraries", re.compile(r"_\w*")),
    ("a namespace of C++", re.compile(r"std[0-9]+")),
    ("a type of C's library", re.compile(r"u?int(_least|_fast)?(8|16|32|64)_t|atomic_[a-z]\w*")),
    ("a macro of C's library", re.compile(
        r"U?INT(_LEAST|_FAST)?(8|16|32|64|MAX|PTR)_(MAX|MIN|C|WIDTH)|(PRI|SCN)[a-zX]\w*|"
        r"(FE|FP|SIG|LC|ATOMIC|DBL|FLT|LDBL)_[A-Z]\w*")),
    ("a function of C's mathematics", re.compile(r"f(16|32|64)x?(add|sub|mul|div|fma|sqrt)f(16|32|64|128)x?")),
    # Arm C Language Extensions, and what clang's wasm_simd128.h has
    ("a type of vectors", re.compile(r"(sv)?(u?int|b?float|mfloat|poly|bool|count)[0-9]*(x[0-9]+){0,2}_t|v128_t|"
                                    r"v(u?int|b?float|bool)[0-9]+(mf?[0-9])?(x[0-9])?_t")),  # and RISC-V
    ("a function of vectors", re.compile(r"v[a-z0-9]+q_(\w+_)?(bf16|[fsup](8|16|32|64|128))(_x[234])?|wasm_[a-z]\w*")),
    # dlgs.h of the Windows SDK
    ("a macro of windows.h", re.compile(r"(chx|cmb|ctl|edt|frm|grp|ico|lst|psh|rad|rct|scr|stc)[0-9]{1,2}")),
    ("a function of threads", re.compile(r"(pthread|thrd|mtx|cnd|tss|omp)_[a-z]\w*")),
)

_EXACT = {word + ending: row.what for row in reversed(TAKEN) for word in row.words.split() for ending in row.endings
          if row.exact}
_ANY_CASE = {word: row.what for row in TAKEN for word in row.words.split() if not row.exact}


def taken(name: str) -> str | None:
    """What has this name already; None where nothing has."""
    family = next((what for what, pattern in FAMILIES if pattern.fullmatch(name)), None)
    return _EXACT.get(name) or _ANY_CASE.get(name.lower()) or family
