// Upgrades that do not come about: then the keeper goes on as it was.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper_upgrade.h"

namespace raw_exec::test {
namespace {

class KeeperUpgradeRefused : public KeeperUpgrade {};

TEST_F(KeeperUpgradeRefused, ANewOneThatSaysNoIsNotBecome) {
  StartKeeper();
  const std::string path = Script("echo 'this version reads nothing'\n");
  EXPECT_EQ(Refusal(path), "cannot become " + path + ": this version reads nothing");
  EXPECT_NE(Refusal("/bin/true").find("it says nothing"), std::string::npos);
  ExpectGoesOn();
}

TEST_F(KeeperUpgradeRefused, WhenItCannotBeExecutedTheOldOneGoesOn) {
  StartKeeper();
  const std::string path = Script("chmod 0600 " + other_.path() + "/script; echo yes\n");
  EXPECT_NE(Refusal(path).find("it said yes, but cannot be executed: Permission denied"),
            std::string::npos);
  const std::string process = "/proc/" + std::to_string(keeper_->pid());
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fdinfo")) {
    if (std::stoi(entry.path().filename().string()) < 3) continue;
    const std::string info = ReadAll(entry.path().string());
    const size_t flags = info.find("flags:");
    if (flags == std::string::npos) continue;  // it has been closed since
    EXPECT_NE(std::stoul(info.substr(flags + 6), nullptr, 8) & O_CLOEXEC, 0U) << entry.path();
  }
  ExpectGoesOn();
}

TEST_F(KeeperUpgradeRefused, AFileThatOthersCouldHaveWrittenIsNotTried) {
  StartKeeper();
  const std::string mark = other_.path() + "/mark";
  const std::string path = Script("touch " + mark + "\n", 0722);
  EXPECT_NE(Refusal(path).find("others than its owner may write to it"), std::string::npos);
  EXPECT_NE(Refusal(other_.path()).find("it is not a regular file"), std::string::npos);
  EXPECT_NE(Refusal(other_.path() + "/nothing").find("No such file"), std::string::npos);
  if (geteuid() == 0) {
    EXPECT_EQ(chmod(path.c_str(), 0700), 0);
    EXPECT_EQ(chown(path.c_str(), 65'534, 65'534), 0);
    EXPECT_NE(Refusal(path).find("it belongs to uid 65534"), std::string::npos);
  }
  EXPECT_FALSE(std::filesystem::exists(mark));
  KeeperClient client(state_.path(), false);
  const uint64_t relative = AskForUpgrade(&client, "raw-exec-keeper");
  EXPECT_EQ(client.Fail(relative).reason, static_cast<int32_t>(wire::Reason::malformed));
  ExpectGoesOn();
}

// What a trial says of what it is handed.
std::string Verdict(const std::string& part, const std::string& state, const UniqueFd& memfd) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(writer.get(), STDOUT_FILENO);
    const std::string number = std::to_string(memfd.get());
    fcntl(memfd.get(), F_SETFD, 0);
    execl(RAW_EXEC_KEEPER, "raw-exec-keeper", "check-handover", part.c_str(), "--state",
          state.c_str(), "--handover", number.c_str(), nullptr);
    _exit(127);
  }
  writer.Reset();
  std::string said;
  char buffer[512];
  for (ssize_t got = 0; (got = read(reader.get(), buffer, sizeof(buffer))) > 0;) {
    said.append(buffer, static_cast<size_t>(got));
  }
  const int status = AwaitEnd(pid);
  EXPECT_TRUE(WIFEXITED(status)) << "status " << status << ": " << said;
  EXPECT_EQ(WEXITSTATUS(status) == 0, said == "yes\n");
  return said;
}

TEST_F(KeeperUpgradeRefused, AHandoverThatIsNotOneOfOursIsRefused) {
  // Frame, head, and for a keeper two descriptors and four numbers that are all 0.
  std::string good(sizeof(wire::Frame) + 8 + 40, '\0');
  wire::Frame frame = {static_cast<uint32_t>(good.size()), 1, 0, 1};
  good.replace(0, sizeof(frame), reinterpret_cast<const char*>(&frame), sizeof(frame));
  const uint32_t magic = wire::kMagic;
  good.replace(sizeof(frame), 4, reinterpret_cast<const char*>(&magic), 4);
  const auto verdict = [&](const std::string& bytes, const std::string& part = "keeper") {
    const UniqueFd memfd = MakePlanMemfd(bytes);
    fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SEAL);
    return Verdict(part, state_.path(), memfd);
  };
  EXPECT_EQ(verdict(good), "yes\n");
  EXPECT_NE(Verdict("keeper", state_.path(), MakePlanMemfd(good, false)).find("no sealed memfd"),
            std::string::npos);
  EXPECT_NE(verdict(good, "holder").find("another part"), std::string::npos);
  EXPECT_NE(verdict("").find("no hand-over"), std::string::npos);
  std::string other_layout = good;
  other_layout[8] = 2;
  EXPECT_NE(verdict(other_layout).find("laid out"), std::string::npos);
  // Every shorter one, whatever its frame says, and one that claims more ladders than there are.
  for (size_t size = sizeof(frame) + 8; size < good.size(); size += 7) {
    std::string cut = good.substr(0, size);
    frame.size = static_cast<uint32_t>(size);
    cut.replace(0, sizeof(frame), reinterpret_cast<const char*>(&frame), sizeof(frame));
    EXPECT_NE(verdict(cut), "yes\n") << size;
  }
  std::string more = good;
  more[sizeof(frame) + 8 + 24] = 1;
  EXPECT_NE(verdict(more).find("a stop that is under way cannot be read"), std::string::npos);
  const std::string unsafe = other_.path() + "/unsafe";
  ASSERT_EQ(mkdir(unsafe.c_str(), 0755), 0);
  const UniqueFd memfd = MakePlanMemfd(good);
  fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SEAL);
  EXPECT_NE(Verdict("keeper", unsafe, memfd).find("its mode is 0755"), std::string::npos);
}

TEST_F(KeeperUpgradeRefused, NobodyGoesBack) {
  StartKeeper(RAW_EXEC_NEXT_KEEPER, {"--supervised"});
  KeeperClient old(state_.path(), false);
  const wire::Failed failed = old.Fail(
      old.Ask(wire::ClientKind::hello, wire::Hello{wire::kMagic, wire::kProtocol, 0}, "old"));
  EXPECT_EQ(failed.reason, static_cast<int32_t>(wire::Reason::protocol));
  EXPECT_EQ(failed.detail, kNext);
  KeeperClient asker(state_.path(), false);
  const wire::Failed refused = asker.Fail(AskForUpgrade(&asker, RAW_EXEC_KEEPER, wire::kProtocol));
  EXPECT_EQ(refused.reason, static_cast<int32_t>(wire::Reason::protocol));
  EXPECT_EQ(refused.detail, kNext);
  // One that says that it is newer, and is not.
  EXPECT_NE(Refusal(RAW_EXEC_KEEPER, static_cast<uint16_t>(kNext + 1))
                .find("it is of protocol " + std::to_string(kNext)),
            std::string::npos);
  // With a task the holder is there after the keeper.
  {
    KeeperClient client(state_.path(), true, kNext);
    StartTask(&client, "task", kEndsWhenTold);
  }
  keeper_->Kill();
  const Ran ran = RunKeeper({"--state", state_.path(), "--foreground", "--supervised"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_NE(ran.errors.find("are held by a holder of protocol " + std::to_string(kNext)),
            std::string::npos)
      << ran.errors;
  StartKeeper(RAW_EXEC_NEXT_KEEPER);
  KeeperClient client(state_.path(), true, kNext);
  client.Signal("task", SIGUSR1);
  EXPECT_EQ(client.AwaitExit("task").exit.code, 5);
  client.Forget("task");
}

}  // namespace
}  // namespace raw_exec::test
