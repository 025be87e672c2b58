#include "pump_client.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "../../native/core/wire/message_reader.h"
#include "../../native/core/wire/message_writer.h"

namespace raw_exec::test {

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/raw-exec-pump-XXXXXX";
  EXPECT_NE(mkdtemp(name), nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Fifo::Fifo(const std::string& at) : path(at) {
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0) << std::strerror(errno);
  writer.Reset(open(path.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_TRUE(writer);
}

UniqueFd Fifo::Reader() const {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(fd);
  return fd;
}

wire::LogSpec Spec(int64_t max_file_size, int max_files) {
  wire::LogSpec spec = {};
  spec.is_on = 1;
  spec.max_files = max_files;
  spec.max_file_size = max_file_size;
  spec.mode = 0640;
  spec.uid = geteuid();
  spec.gid = getegid();
  return spec;
}

Pump::Pump(std::vector<std::string> arguments) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  socket_.Reset(ends[0]);
  UniqueFd theirs(ends[1]);
  std::vector<std::string> words = {RAW_EXEC_KEEPER, "pump"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    // Both ways: on the same number dup2 would leave FD_CLOEXEC set.
    const int copy = fcntl(theirs.get(), F_DUPFD, 10);
    dup2(copy, 3);
    close(copy);
    execv(argv[0], argv.data());
    _exit(127);
  }
  EXPECT_GT(pid_, 0);
}

Pump::~Pump() { Kill(); }

void Pump::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Pump::WaitForEnd() {
  int status = 0;
  const bool has_ended = Eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; });
  EXPECT_TRUE(has_ended) << "the pump goes on without its keeper";
  if (!has_ended) return -1;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

bool Pump::Holds(const std::string& path) const {
  const std::filesystem::path open_files = "/proc/" + std::to_string(pid_) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(open_files)) {
    std::error_code ignored;  // closed meanwhile
    if (std::filesystem::read_symlink(entry.path(), ignored) == path) return true;
  }
  return false;
}

void Pump::SendAdd(uint64_t stream, UniqueFd fifo, const wire::LogSpec& spec,
                   const std::string& directory, const std::string& name, uint64_t request) {
  char buffer[2 * wire::kMaxPath];
  wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(wire::PumpKind::add),
                             request);
  writer.Put(wire::PumpAdd{stream, spec}).PutText(directory).PutText(name);
  iovec part = {buffer, writer.Finish()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  const int fd = fifo.get();
  if (fifo) {
    message.msg_control = control;
    message.msg_controllen = sizeof(control);
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof(fd));
  }
  EXPECT_EQ(sendmsg(socket_.get(), &message, MSG_NOSIGNAL), static_cast<ssize_t>(part.iov_len));
}

void Pump::Send(wire::PumpKind kind, uint64_t stream, uint64_t request) {
  char buffer[256];
  wire::MessageWriter writer(buffer, sizeof(buffer), static_cast<uint16_t>(kind), request);
  writer.Put(wire::PumpStream{stream});
  const size_t size = writer.Finish();
  EXPECT_EQ(send(socket_.get(), buffer, size, MSG_NOSIGNAL), static_cast<ssize_t>(size));
}

std::optional<PumpMessage> Pump::Next() {
  pollfd one = {socket_.get(), POLLIN, 0};
  if (poll(&one, 1, kDeadlineMs) != 1) {
    ADD_FAILURE() << "the pump says nothing";
    return std::nullopt;
  }
  char buffer[4096];
  const ssize_t got = recv(socket_.get(), buffer, sizeof(buffer), 0);
  if (got <= 0) return std::nullopt;
  wire::MessageReader reader(buffer, static_cast<size_t>(got));
  PumpMessage message = {};
  message.kind = static_cast<wire::PumpKind>(reader.frame().kind);
  message.request = reader.frame().request;
  if (message.kind == wire::PumpKind::added) {
    wire::PumpAdded added = {};
    std::string_view entry;
    reader.Take(&added);
    reader.TakeText(&entry, wire::kMaxPath);
    message.stream = added.stream;
    message.error = added.error;
    message.refusal = static_cast<wire::PumpRefusal>(added.refusal);
    message.entry = entry;
  } else {
    wire::PumpCounters counters = {};
    reader.Take(&counters);
    message.stream = counters.stream;
    message.counters = counters.counters;
  }
  EXPECT_TRUE(reader.IsComplete());
  return message;
}

PumpMessage Pump::Await(wire::PumpKind kind, uint64_t stream) {
  while (const std::optional<PumpMessage> message = Next()) {
    if (message->kind == kind && message->stream == stream) return *message;
  }
  ADD_FAILURE() << "no message " << static_cast<int>(kind) << " about " << stream;
  return {};
}

PumpMessage Pump::Add(uint64_t stream, UniqueFd fifo, const wire::LogSpec& spec,
                      const std::string& directory, const std::string& name) {
  SendAdd(stream, std::move(fifo), spec, directory, name);
  return Await(wire::PumpKind::added, stream);
}

wire::LogCounters Pump::End(uint64_t stream, wire::PumpKind how) {
  Send(how, stream);
  return Await(wire::PumpKind::ended, stream).counters;
}

wire::LogCounters Pump::Ask(uint64_t stream) {
  Send(wire::PumpKind::ask, stream, 7);
  const PumpMessage message = Await(wire::PumpKind::counters, stream);
  EXPECT_EQ(message.request, 7U);
  return message.counters;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<uint64_t> LogNumbers(const std::string& directory, const std::string& name) {
  std::vector<uint64_t> numbers;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string file = entry.path().filename();
    if (file.rfind(name + ".", 0) != 0) continue;
    numbers.push_back(std::stoull(file.substr(name.size() + 1)));
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string ReadLogs(const std::string& directory, const std::string& name) {
  std::string all;
  for (const uint64_t number : LogNumbers(directory, name)) {
    all += ReadAll(directory + "/" + name + "." + std::to_string(number));
  }
  return all;
}

void WriteAll(int fd, const std::string& bytes) {
  size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t written = write(fd, bytes.data() + used, bytes.size() - used);
    ASSERT_GT(written, 0) << std::strerror(errno);
    used += static_cast<size_t>(written);
  }
}

}  // namespace raw_exec::test
