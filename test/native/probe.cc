// A program for tests: writes what it has been started with to descriptor 1, a line each, and ends
// with the code that its first argument names. It is linked statically and without sanitizers, so
// that nothing but the start shapes what it sees.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

extern char** environ;

namespace {

// Numbers of the open descriptors, but for the one that lists them.
std::string OpenDescriptors() {
  std::string numbers;
  const long limit = sysconf(_SC_OPEN_MAX);
  for (int fd = 0; fd < limit && fd < 65536; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    if (!numbers.empty()) numbers += ' ';
    numbers += std::to_string(fd);
  }
  return numbers;
}

std::string StatusField(const char* name) {
  std::FILE* status = std::fopen("/proc/self/status", "re");
  if (status == nullptr) return "?";
  char line[512];
  std::string value = "?";
  while (std::fgets(line, sizeof(line), status) != nullptr) {
    if (std::strncmp(line, name, std::strlen(name)) != 0) continue;
    value = line + std::strlen(name) + 2;
    value.pop_back();
  }
  std::fclose(status);
  return value;
}

int CpuCount() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : -1;
}

void PrintLimits() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  std::printf("nofile: %llu %llu\n", static_cast<unsigned long long>(limit.rlim_cur),
              static_cast<unsigned long long>(limit.rlim_max));
  getrlimit(RLIMIT_CORE, &limit);
  std::printf("core: %llu\n", static_cast<unsigned long long>(limit.rlim_cur));
}

std::string FirstLine(const char* path) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return "?";
  char line[256] = {};
  if (std::fgets(line, sizeof(line), file) == nullptr) line[0] = '\0';
  std::fclose(file);
  line[std::strcspn(line, "\n")] = '\0';
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("fds: %s\n", OpenDescriptors().c_str());
  std::printf("blocked: %s\nignored: %s\ncaught: %s\n", StatusField("SigBlk").c_str(),
              StatusField("SigIgn").c_str(), StatusField("SigCgt").c_str());
  std::printf("groups: %s\n", StatusField("Groups").c_str());
  std::printf("nonewprivs: %s\n", StatusField("NoNewPrivs").c_str());
  std::printf("uid: %d\ngid: %d\n", static_cast<int>(getuid()), static_cast<int>(getgid()));
  std::printf("pid: %d\nppid: %d\npgid: %d\nsid: %d\n", getpid(), getppid(), getpgid(0), getsid(0));
  char cwd[4096] = {};
  if (getcwd(cwd, sizeof(cwd)) != nullptr) std::printf("cwd: %s\n", cwd);
  const mode_t mask = umask(0);
  std::printf("umask: %o\n", static_cast<unsigned>(mask));
  std::printf("nice: %d\n", getpriority(PRIO_PROCESS, 0));
  std::printf("cpus: %d\n", CpuCount());
  std::printf("oom: %s\n", FirstLine("/proc/self/oom_score_adj").c_str());
  int death_signal = 0;
  prctl(PR_GET_PDEATHSIG, &death_signal);
  std::printf("pdeathsig: %d\n", death_signal);
  PrintLimits();
  for (int i = 0; i < argc; ++i) std::printf("argv%d: %s\n", i, argv[i]);
  for (char** entry = environ; *entry != nullptr; ++entry) std::printf("env: %s\n", *entry);
  std::fflush(stdout);
  return argc > 1 ? std::atoi(argv[1]) : 0;
}
