// memfd_create(2), which glibc has a name for since 2.27 and musl since 1.1.20; Linux 3.17.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include "unique_fd.h"

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif
#ifndef MFD_ALLOW_SEALING
#define MFD_ALLOW_SEALING 2U
#endif

namespace raw_exec {

inline UniqueFd MakeMemfd(const char* name, unsigned flags = MFD_CLOEXEC) {
  return AboveStdio(UniqueFd(static_cast<int>(syscall(SYS_memfd_create, name, flags))));
}

// One that F_ADD_SEALS of fcntl(2) works on.
inline UniqueFd MakeSealableMemfd(const char* name) {
  return MakeMemfd(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

}  // namespace raw_exec
