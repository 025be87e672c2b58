// Carries lines from a pipe into a file in one of several ways, and tells how fast and at what
// cost.
//   log_pump WAY LINE_SIZE BYTES FILE [COMMAND...]
// WAY: splice-loop and copy-loop are the plainest loops that there are; pump-splice and pump-copy
// are ours, with COMMAND as raw-exec-keeper; program is COMMAND with the pipe as its standard
// input. Prints one line of JSON: seconds, and CPU seconds of whoever carries.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "../../native/core/wire/message_writer.h"
#include "../../native/core/wire/pump_messages.h"

namespace {

using raw_exec::wire::LogPump;
using raw_exec::wire::PumpKind;

[[noreturn]] void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

double Seconds(clockid_t clock) {
  timespec now = {};
  if (clock_gettime(clock, &now) != 0) Fail("clock_gettime");
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

constexpr int kPipeSize = 1024 * 1024;

[[noreturn]] void SpliceLoop(int pipe_fd, int file) {
  loff_t at = 0;
  for (;;) {
    const ssize_t moved = splice(pipe_fd, nullptr, file, &at, kPipeSize, 0);
    if (moved < 0) Fail("splice");
    if (moved == 0) _exit(0);
  }
}

[[noreturn]] void CopyLoop(int pipe_fd, int file) {
  static char buffer[65536];
  for (;;) {
    const ssize_t got = read(pipe_fd, buffer, sizeof(buffer));
    if (got < 0) Fail("read");
    if (got == 0) _exit(0);
    if (write(file, buffer, static_cast<size_t>(got)) != got) Fail("write");
  }
}

void WriteLines(int fd, size_t line_size, size_t bytes) {
  std::string line(line_size, 'x');
  line.back() = '\n';
  for (size_t written = 0; written < bytes; written += line_size) {
    size_t done = 0;
    while (done < line_size) {
      const ssize_t got = write(fd, line.data() + done, line_size - done);
      if (got <= 0) Fail("write a line");
      done += static_cast<size_t>(got);
    }
  }
}

off_t SizeOf(const std::string& file) {
  struct stat info = {};
  return stat(file.c_str(), &info) == 0 ? info.st_size : 0;
}

void SendAdd(int socket_fd, int fifo_fd, LogPump pump, const std::string& file) {
  const size_t slash = file.rfind('/');
  raw_exec::wire::PumpAdd add = {};
  add.stream = 1;
  add.spec.pump = static_cast<int32_t>(pump);
  add.spec.max_files = 1;
  add.spec.max_file_size = int64_t{1} << 50;
  add.spec.mode = 0600;
  add.spec.uid = geteuid();
  add.spec.gid = getegid();
  char buffer[8192];
  raw_exec::wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(PumpKind::add),
                                       1);
  // The pump adds ".0", which `file` ends with.
  writer.Put(add)
      .PutText(file.substr(0, slash))
      .PutText(file.substr(slash + 1, file.size() - slash - 3));
  iovec part = {buffer, writer.Finish()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(head), &fifo_fd, sizeof(fifo_fd));
  if (sendmsg(socket_fd, &message, 0) < 0) Fail("sendmsg");
}

[[noreturn]] void Execute(char** command, int fd, int as) {
  if (fd == as) fcntl(fd, F_SETFD, 0);
  if (fd != as && dup2(fd, as) < 0) Fail("dup2");
  execv(command[0], command);
  Fail("execv");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  const std::string way = argv[1];
  const size_t line_size = std::strtoul(argv[2], nullptr, 10);
  const size_t bytes = std::strtoul(argv[3], nullptr, 10) / line_size * line_size;
  const std::string file = std::string(argv[4]) + ".0";
  const bool is_pump = way == "pump-splice" || way == "pump-copy";
  int ends[2] = {-1, -1};
  int sockets[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) Fail("pipe2");
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) Fail("socketpair");
  // Ours makes the pipe larger by itself; the others get the same.
  if (!is_pump) fcntl(ends[0], F_SETPIPE_SZ, kPipeSize);
  const pid_t carrier = fork();
  if (carrier < 0) Fail("fork");
  if (carrier == 0) {
    close(ends[1]);
    char pump[] = "pump";
    char* pump_command[] = {argv[5], pump, nullptr};
    if (is_pump) Execute(pump_command, sockets[1], 3);
    if (way == "program") Execute(argv + 5, ends[0], 0);
    const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) Fail("open");
    if (way == "splice-loop") SpliceLoop(ends[0], out);
    CopyLoop(ends[0], out);
  }
  close(sockets[1]);
  if (is_pump) {
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    SendAdd(sockets[0], ends[0], way == "pump-copy" ? LogPump::copy : LogPump::splice, file);
  }
  close(ends[0]);
  // Once around before the clock runs: a program needs its time to begin.
  WriteLines(ends[1], line_size, line_size);
  while (SizeOf(file) == 0) poll(nullptr, 0, 1);
  clockid_t cpu = 0;
  if (clock_getcpuclockid(carrier, &cpu) != 0) Fail("clock_getcpuclockid");
  const double cpu_before = Seconds(cpu);
  const double before = Seconds(CLOCK_MONOTONIC);
  WriteLines(ends[1], line_size, bytes);
  const off_t expected = static_cast<off_t>(bytes + line_size);
  while (SizeOf(file) < expected) poll(nullptr, 0, 1);
  const double after = Seconds(CLOCK_MONOTONIC);
  const double cpu_after = Seconds(cpu);
  close(ends[1]);
  close(sockets[0]);
  int status = 0;
  waitpid(carrier, &status, 0);
  const bool is_exact = SizeOf(file) == expected;
  unlink(file.c_str());
  if (!is_exact || status != 0) return 1;
  std::printf("{\"bytes\":%zu,\"seconds\":%.6f,\"cpu\":%.6f}\n", bytes, after - before,
              cpu_after - cpu_before);
  return 0;
}
