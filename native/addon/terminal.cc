#include "terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "../core/sys.h"
#include "../core/unique_fd.h"
#include "exported_functions.h"

namespace raw_exec::addon {
namespace {

int32_t Argument(const Napi::CallbackInfo& info, size_t index) {
  return info[index].IsNumber() ? info[index].As<Napi::Number>().Int32Value() : -1;
}

Napi::Value Result(const Napi::CallbackInfo& info, int result) {
  return Napi::Number::New(info.Env(), result < 0 ? -errno : result);
}

// A background process that calls tcsetpgrp is stopped by SIGTTOU unless it blocks that.
Napi::Value Tcsetpgrp(const Napi::CallbackInfo& info) {
  int result = 0;
  int error = 0;
  {
    const AllSignalsBlocked no_sigttou;
    result = tcsetpgrp(Argument(info, 0), Argument(info, 1));
    error = errno;
  }
  errno = error;
  return Result(info, result);
}

Napi::Value Tcgetpgrp(const Napi::CallbackInfo& info) {
  return Result(info, tcgetpgrp(Argument(info, 0)));
}

Napi::Value Getpgid(const Napi::CallbackInfo& info) {
  return Result(info, getpgid(Argument(info, 0)));
}

// TIOCGPTPEER (Linux 4.13, ioctl_tty(2)) needs no path: in another mount namespace than that of
// /dev/ptmx the name may be somebody else's terminal.
UniqueFd OpenOtherEnd(int controller) {
  constexpr int kFlags = O_RDWR | O_NOCTTY | O_CLOEXEC;
  const int peer = ioctl(controller, TIOCGPTPEER, kFlags);
  if (peer >= 0) return AboveStdio(UniqueFd(peer));
  int number = 0;
  if (ioctl(controller, TIOCGPTN, &number) != 0) return UniqueFd();
  char path[32];
  (void)std::snprintf(path, sizeof(path), "/dev/pts/%d", number);
  return AboveStdio(UniqueFd(open(path, kFlags)));
}

Napi::Value OpenPty(const Napi::CallbackInfo& info) {
  UniqueFd controller = AboveStdio(UniqueFd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)));
  if (!controller) return Result(info, -1);
  int unlock = 0;
  if (ioctl(controller.get(), TIOCSPTLCK, &unlock) != 0) return Result(info, -1);
  UniqueFd terminal = OpenOtherEnd(controller.get());
  if (!terminal) return Result(info, -1);
  winsize size = {};
  size.ws_col = static_cast<uint16_t>(Argument(info, 0));
  size.ws_row = static_cast<uint16_t>(Argument(info, 1));
  if (ioctl(controller.get(), TIOCSWINSZ, &size) != 0) return Result(info, -1);
  Napi::Array pair = Napi::Array::New(info.Env(), 2);
  if (pair.Set(0U, controller.Release()).IsNothing()) return info.Env().Undefined();
  if (pair.Set(1U, terminal.Release()).IsNothing()) return info.Env().Undefined();
  return pair;
}

Napi::Value SetWindowSize(const Napi::CallbackInfo& info) {
  winsize size = {};
  size.ws_col = static_cast<uint16_t>(Argument(info, 1));
  size.ws_row = static_cast<uint16_t>(Argument(info, 2));
  return Result(info, ioctl(Argument(info, 0), TIOCSWINSZ, &size));
}

// At its end Node gives terminals their settings back, and aborts where one of them has gone.
Napi::Value LeaveLostTerminals(const Napi::CallbackInfo& info) {
  const UniqueFd null = AboveStdio(UniqueFd(open("/dev/null", O_RDWR | O_CLOEXEC)));
  for (int fd = STDIN_FILENO; null && fd <= STDERR_FILENO; ++fd) {
    termios settings = {};
    if (tcgetattr(fd, &settings) != 0 && errno == EIO) dup2(null.get(), fd);
  }
  return info.Env().Undefined();
}

Napi::Value Close(const Napi::CallbackInfo& info) {
  const int fd = Argument(info, 0);
  return Result(info, fd < 0 ? 0 : close(fd));
}

}  // namespace

void AddTerminalFunctions(Napi::Env env, Napi::Object exports) {
  ExportedFunctions functions(env, exports);
  functions.Add<Tcsetpgrp>("tcsetpgrp");
  functions.Add<Tcgetpgrp>("tcgetpgrp");
  functions.Add<Getpgid>("getpgid");
  functions.Add<OpenPty>("openPty");
  functions.Add<SetWindowSize>("setWindowSize");
  functions.Add<LeaveLostTerminals>("leaveLostTerminals");
  functions.Add<Close>("close");
}

}  // namespace raw_exec::addon
