// A holder becomes the next version in place, with what only it knows; or it does not, and goes on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <vector>

#include "holder_process.h"
#include "small_file_system.h"

namespace raw_exec::test {
namespace {

using wire::HolderKind;

const uint16_t kNext = static_cast<uint16_t>(wire::kProtocol + 1);
constexpr uint64_t kRequest = 77;

class Shell : public TestPlan {
 public:
  explicit Shell(const std::string& script) : TestPlan({"/bin/sh", "-c", script}) {
    stdio = {File("/dev/null", O_RDONLY), File("/dev/null", O_WRONLY), File("/dev/null", O_WRONLY)};
    env = {"PATH=/usr/bin:/bin"};
  }
};

void Ask(HolderLink* link, const char* path, uint16_t protocol = kNext) {
  const UniqueFd executable(open(path, O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(executable) << path;
  std::string bytes(sizeof(wire::Frame) + sizeof(wire::HolderUpgrade), '\0');
  const wire::Frame frame = {static_cast<uint32_t>(bytes.size()),
                             static_cast<uint16_t>(HolderKind::upgrade), 0, kRequest};
  const wire::HolderUpgrade order = {wire::kMagic, protocol, 0};
  std::memcpy(bytes.data(), &frame, sizeof(frame));
  std::memcpy(bytes.data() + sizeof(frame), &order, sizeof(order));
  ASSERT_TRUE(link->SendBytes(bytes, {executable.get()}));
}

int ErrorOf(HolderLink* link, const char* path, uint16_t protocol = kNext) {
  Ask(link, path, protocol);
  const wire::Failed failed = link->Await(HolderKind::failed, kRequest).As<wire::Failed>();
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::upgrade));
  return failed.error;
}

// A keeper of the next version.
HolderLink Attach(const HolderProcess& holder) {
  HolderLink link = holder.Connect();
  link.Send(HolderKind::attach, 1, wire::Attach{wire::kMagic, kNext, 0});
  EXPECT_EQ(link.Await(HolderKind::attached, 1).As<wire::Attached>().holder_pid, holder.pid());
  return link;
}

wire::HolderNote StoppedNote(uint64_t serial) { return {serial, 1, 1, 1}; }

TEST(HolderUpgrade, TakesWhatCouldNotBeWrittenWithIt) {
  HolderProcess::Options options;
  const TestDirectory parent;
  const SmallFileSystem disk(parent.path(), 64 * 1024);
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  ASSERT_EQ(chmod(parent.path().c_str(), 0700), 0);
  options.state = parent.path() + "/state";
  HolderProcess holder(options);
  Shell plan("exec sleep 1000");
  holder.MustStart(&plan, TaskOrder{});
  TaskOrder order;
  order.serial = 2;
  const wire::Started second = holder.MustStart(&plan, order);
  const std::string filler = parent.path() + "/filler";
  {
    const UniqueFd file(open(filler.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    const std::vector<char> page(4096, 'x');
    while (write(file.get(), page.data(), page.size()) > 0) continue;
    ASSERT_EQ(errno, ENOSPC);
  }
  // That both were stopped cannot be written; nor the end of the first.
  for (const uint64_t serial : {1, 2}) {
    holder.link().SendNote(10 + serial, StoppedNote(serial), "");
    holder.link().Await(HolderKind::failed, 10 + serial);
  }
  holder.Signal(1, SIGTERM);
  const wire::HolderExited told = holder.link().AwaitExit(1);
  Ask(&holder.link(), RAW_EXEC_NEXT_KEEPER);
  EXPECT_TRUE(holder.link().AwaitEnd());

  HolderLink link = Attach(holder);
  const wire::HolderExited again = link.AwaitExit(1);
  EXPECT_EQ(again.exit.signal, SIGTERM);
  EXPECT_EQ(again.exit.was_stopped, 1);
  EXPECT_EQ(again.exit.exited_at_ns, told.exit.exited_at_ns) << "it is the same end";
  EXPECT_EQ(StateOf(told.pid), 'Z') << "it is kept until it is written";
  ASSERT_EQ(unlink(filler.c_str()), 0);
  EXPECT_TRUE(WaitFor([&] { return StateOf(told.pid) == '\0'; }));
  ExitRecord record;
  ASSERT_EQ(ReadExit(holder.tasks_fd(), 1, &record), 0);
  EXPECT_EQ(record.facts.exited_at_ns, told.exit.exited_at_ns);
  kill(second.pid, SIGTERM);
  EXPECT_EQ(link.AwaitExit(2).exit.was_stopped, 1) << "its record does not have it";
}

// The newer executable ends a task before it begins itself. By the shell's own means: a shell that
// has children would reap the task.
TEST(HolderUpgrade, SeesWhatHasEndedMeanwhile) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  const std::string pid = std::to_string(holder.MustStart(&plan, TaskOrder{}).pid);
  const std::string script = holder.state() + "/script";
  std::ofstream(script) << "#!/bin/sh\nif [ \"$1\" != check-handover ]; then\n  kill -TERM " << pid
                        << "\n  while read -r line < /proc/" << pid
                        << "/stat; do\n    case \"$line\" in *') Z '*) break;; esac\n  done\nfi\n"
                        << "exec " << RAW_EXEC_NEXT_KEEPER << " \"$@\"\n";
  ASSERT_EQ(chmod(script.c_str(), 0700), 0);
  Ask(&holder.link(), script.c_str());
  EXPECT_TRUE(holder.link().AwaitEnd());
  HolderLink link = Attach(holder);
  EXPECT_TRUE(WaitFor([&] {
    ExitRecord record;
    return ReadExit(holder.tasks_fd(), 1, &record) == 0 && record.facts.signal == SIGTERM;
  }));
}

TEST(HolderUpgrade, GoesOnWhereItCannot) {
  HolderProcess holder;
  Shell plan("exec sleep 1000");
  const wire::Started started = holder.MustStart(&plan, TaskOrder{});
  HolderLink& link = holder.link();
  EXPECT_EQ(ErrorOf(&link, "/bin/true"), ENOEXEC);
  EXPECT_EQ(ErrorOf(&link, "/etc/passwd"), ENOEXEC);
  EXPECT_EQ(ErrorOf(&link, "/dev/null"), EACCES);
  EXPECT_EQ(ErrorOf(&link, RAW_EXEC_KEEPER, wire::kProtocol), EPROTO);
  holder.Signal(1, SIGKILL);
  EXPECT_EQ(link.AwaitExit(1).pid, started.pid);
}

TEST(HolderUpgrade, WaitsForStartsThatAreUnderWay) {
  HolderProcess holder;
  const std::string fifo = holder.state() + "/fifo";
  ASSERT_TRUE(WaitFor([&] { return mkfifo(fifo.c_str(), 0600) == 0; }));
  Shell plan("exit 7");
  plan.stdio[0] = File(fifo.c_str(), O_RDONLY);  // opened by the child, when there is a writer
  holder.link().SendStart(&plan, TaskOrder{}, 5);
  EXPECT_EQ(ErrorOf(&holder.link(), RAW_EXEC_NEXT_KEEPER), EBUSY);
  const UniqueFd writer(open(fifo.c_str(), O_RDWR | O_CLOEXEC));
  EXPECT_EQ(holder.link().AwaitAnswer(5).kind, HolderKind::started);
  Ask(&holder.link(), RAW_EXEC_NEXT_KEEPER);
  EXPECT_TRUE(holder.link().AwaitEnd());
  HolderLink link = Attach(holder);
  EXPECT_TRUE(WaitFor([&] {
    ExitRecord record;
    return ReadExit(holder.tasks_fd(), 1, &record) == 0 && record.facts.code == 7;
  }));
}

}  // namespace
}  // namespace raw_exec::test
