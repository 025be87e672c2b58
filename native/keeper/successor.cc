#include "successor.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "../core/sys.h"

namespace raw_exec::keeper {
namespace {

constexpr uint64_t kPatienceNs = 10'000'000'000;
constexpr size_t kLongestSaying = 4096;
constexpr char kYes[] = "yes\n";

std::vector<char*> Pointers(const Arguments& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  return argv;
}

// By way of the descriptor: it is the file that was looked at, whatever its path names by now. The
// descriptor stays open over it, or a script could not be read by its interpreter.
std::string PathOf(int executable_fd) { return "/proc/self/fd/" + std::to_string(executable_fd); }

[[noreturn]] void BecomeTrial(int said_fd, int executable_fd, int memfd, char* const* argv) {
  for (int signal = 1; signal < NSIG; ++signal) (void)std::signal(signal, SIG_DFL);
  const uint64_t none = 0;
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&none), 0, sizeof(none));
  dup2(said_fd, STDOUT_FILENO);
  fcntl(executable_fd, F_SETFD, 0);
  fcntl(memfd, F_SETFD, 0);
  execv(PathOf(executable_fd).c_str(), argv);
  const std::string why = std::string("it cannot be executed: ") + std::strerror(errno) + "\n";
  (void)!write(STDOUT_FILENO, why.data(), why.size());
  _exit(127);
}

}  // namespace

Arguments WithMemfd(Arguments arguments, int memfd) {
  arguments.emplace_back("--handover");
  arguments.push_back(std::to_string(memfd));
  return arguments;
}

std::string FaultOfExecutable(int executable_fd) {
  struct stat found = {};
  if (fstat(executable_fd, &found) != 0) return std::strerror(errno);
  if (!S_ISREG(found.st_mode)) return "it is not a regular file";
  if (found.st_uid != 0 && found.st_uid != geteuid()) {
    return "it belongs to uid " + std::to_string(found.st_uid) + ", neither to root nor to uid " +
           std::to_string(geteuid()) + " that the keeper runs as";
  }
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others than its owner may write to it";
  return {};
}

int Trial::Start(EventLoop* loop, int executable_fd, int memfd, const Arguments& arguments,
                 OnVerdict on_verdict) {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
  UniqueFd reader = AboveStdio(UniqueFd(ends[0]));
  const UniqueFd writer = AboveStdio(UniqueFd(ends[1]));
  if (!reader || !writer) return errno;
  Arguments trial = arguments;
  trial.insert(trial.begin() + 1, "check-handover");
  const std::vector<char*> argv = Pointers(trial);
  const pid_t pid = fork();
  if (pid == 0) BecomeTrial(writer.get(), executable_fd, memfd, argv.data());
  if (pid < 0) return errno;
  pidfd_ = AboveStdio(UniqueFd(static_cast<int>(std::max(PidfdOpen(pid), -1L))));
  said_fd_ = std::move(reader);
  said_.clear();
  on_verdict_ = std::move(on_verdict);
  const int error = watch_.Start(loop, said_fd_.get(), EPOLLIN, [this](uint32_t) { OnReadable(); });
  if (error != 0) return error;
  deadline_.Set(loop, kPatienceNs, [this] {
    if (pidfd_) PidfdSendSignal(pidfd_.get(), SIGKILL);
    Tell("it has not answered in time");
  });
  return 0;
}

void Trial::OnReadable() {
  char part[512];
  const ssize_t got = read(said_fd_.get(), part, sizeof(part));
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got > 0) {
    if (said_.size() < kLongestSaying) said_.append(part, static_cast<size_t>(got));
    return;
  }
  if (said_ == kYes) return Tell({});
  while (!said_.empty() && said_.back() == '\n') said_.pop_back();
  Tell(said_.empty() ? "it says nothing: it is no keeper, or one that cannot take over" : said_);
}

void Trial::Tell(const std::string& refusal) {
  watch_.Stop();
  deadline_.Cancel();
  said_fd_.Reset();
  pidfd_.Reset();
  const OnVerdict on_verdict = std::move(on_verdict_);
  on_verdict(refusal);
}

int Become(int executable_fd, const Arguments& arguments, const std::vector<int>& kept) {
  std::vector<int> open = kept;
  open.push_back(executable_fd);
  for (const int fd : open) fcntl(fd, F_SETFD, 0);
  const std::vector<char*> argv = Pointers(arguments);
  execv(PathOf(executable_fd).c_str(), argv.data());
  const int failed = errno;
  for (const int fd : open) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return failed;
}

}  // namespace raw_exec::keeper
