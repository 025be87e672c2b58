// memfd_create(2), which glibc has a name for since 2.27 and musl since 1.1.20; Linux 3.17.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include "unique_fd.h"

#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif

namespace raw_exec {

inline UniqueFd MakeMemfd(const char* name) {
  return AboveStdio(UniqueFd(static_cast<int>(syscall(SYS_memfd_create, name, MFD_CLOEXEC))));
}

}  // namespace raw_exec
