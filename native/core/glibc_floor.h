// Binds the few functions that glibc 2.32 and 2.34 gave a new version to the version that every
// glibc has, so that an addon built on a new system loads on an old one. Those releases only moved
// them from other libraries into libc. To be included by each file that uses one; test/checks
// compares what the addon needs with the floor that we promise.
#pragma once

#include <features.h>

// The sanitizers put their own functions before these, and those have no version.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#if defined(__x86_64__)
#define RAW_EXEC_BASE_VERSION "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define RAW_EXEC_BASE_VERSION "GLIBC_2.17"
#endif
#endif

#ifdef RAW_EXEC_BASE_VERSION
#define RAW_EXEC_BIND(name) asm(".symver " #name "," #name "@" RAW_EXEC_BASE_VERSION)
RAW_EXEC_BIND(dladdr);
RAW_EXEC_BIND(pthread_attr_setstacksize);
RAW_EXEC_BIND(pthread_create);
RAW_EXEC_BIND(pthread_once);
RAW_EXEC_BIND(pthread_sigmask);
#undef RAW_EXEC_BIND
#endif
