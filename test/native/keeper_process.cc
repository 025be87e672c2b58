#include "keeper_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "slowness.h"

namespace raw_exec::test {
namespace {

const std::chrono::seconds kPatience{30 * Slowness()};
constexpr int kGiven = 3;
constexpr int kLocked = 75;

bool CanConnect(const std::string& path) {
  const UniqueFd fd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
}

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& string : *strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// With `given` as descriptor `slot`.
pid_t Start(const std::string& program, std::vector<std::string> arguments, int given, int slot) {
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv = Pointers(&arguments);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(given, slot);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

}  // namespace

StateFolder::StateFolder() {
  // What loses its parent in a test becomes the test's, which reaps it or not, as the test wants.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  char name[] = "/tmp/raw-exec-keeper-XXXXXX";
  path_ = mkdtemp(name);
}

StateFolder::~StateFolder() {
  // The keeper first: it would start another holder.
  for (const char* lock : {"keeper.lock", "holder.lock", "keeper.lock"}) {
    const pid_t pid = Named(lock);
    if (pid > 1 && pid != getpid()) kill(pid, SIGKILL);
  }
  while (waitpid(-1, nullptr, WNOHANG) > 0) continue;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

pid_t StateFolder::Named(const char* lock) const {
  std::ifstream file(path_ + "/" + lock);
  pid_t pid = -1;
  file >> pid;
  return file ? pid : -1;
}

std::vector<std::string> StateFolder::Tasks() const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/tasks")) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

void AwaitTrue(const char* what, bool (*is_so)(void*), void* context) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!is_so(context)) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "it did not come to this: " << what;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

int AwaitEnd(pid_t pid) {
  int status = -1;
  Await("a process of ours ends", [&] { return waitpid(pid, &status, WNOHANG | __WALL) == pid; });
  return status;
}

void AwaitGone(pid_t pid) {
  Await("a process is gone", [pid] { return kill(pid, 0) != 0 && errno == ESRCH; });
}

void AwaitHandled(pid_t pid, int signal) {
  Await("a process handles a signal", [&] {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    uint64_t handled = 0;
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("SigIgn:", 0) != 0 && line.rfind("SigCgt:", 0) != 0) continue;
      handled |= std::strtoull(line.c_str() + sizeof("SigIgn:"), nullptr, 16);
    }
    return (handled >> (signal - 1) & 1) != 0;
  });
}

KeeperProcess::KeeperProcess(const std::string& state, const std::string& program,
                             const std::vector<std::string>& options) {
  std::vector<std::string> arguments = {"keeper",       "--state",    state,
                                        "--foreground", "--ready-fd", "3"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!Launch(program, arguments)) {
    pid_t other = -1;
    std::ifstream(state + "/keeper.lock") >> other;
    const auto serves = [&] { return CanConnect(state + "/keeper.sock"); };
    const auto is_gone = [&] { return kill(other, 0) != 0 && errno == ESRCH; };
    Await("the other keeper serves, or is gone", [&] { return serves() || is_gone(); });
    if (serves()) {
      // A holder that was alone for half a second has started one: it is as good.
      is_child_ = false;
      pid_ = other;
      return;
    }
    // Only what a killed one had forked to try the next version still held its lock.
    // No ASSERT: it returns a value, which a constructor cannot.
    if (std::chrono::steady_clock::now() < deadline) continue;
    ADD_FAILURE() << "the lock of " << state << " is not let go of";
    return;
  }
}

bool KeeperProcess::Launch(const std::string& program, const std::vector<std::string>& arguments) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  pid_ = Start(program, arguments, writer.get(), kGiven);
  writer.Reset();
  pollfd entry = {reader.get(), POLLIN, 0};
  EXPECT_EQ(poll(&entry, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())), 1);
  char line[16] = {};
  if (read(reader.get(), line, sizeof(line) - 1) > 0) {
    EXPECT_STREQ(line, "ready\n");
    return true;
  }
  const int status = AwaitEnd(pid_);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == kLocked) << "status " << status;
  return false;
}

KeeperProcess::~KeeperProcess() {
  if (!IsAlive()) return;
  kill(pid_, SIGTERM);
  if (!is_child_) {
    AwaitGone(pid_);
    return;
  }
  const int status = AwaitEnd(pid_);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
}

void KeeperProcess::Kill() {
  kill(pid_, SIGKILL);
  if (is_child_) {
    AwaitEnd(pid_);
  } else {
    AwaitGone(pid_);
  }
  pid_ = -1;
}

bool KeeperProcess::IsAlive() const {
  if (!is_child_) return pid_ > 0 && kill(pid_, 0) == 0;
  siginfo_t info = {};
  return pid_ > 0 &&
         waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         info.si_pid == 0;
}

Ran RunKeeper(const std::vector<std::string>& arguments) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t pid = Start(RAW_EXEC_KEEPER, arguments, writer.get(), STDERR_FILENO);
  writer.Reset();
  Ran ran;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = read(reader.get(), buffer, sizeof(buffer))) > 0) {
    ran.errors.append(buffer, static_cast<size_t>(got));
  }
  const int status = AwaitEnd(pid);
  if (WIFEXITED(status)) ran.code = WEXITSTATUS(status);
  return ran;
}

}  // namespace raw_exec::test
