// What clients ask for. Each of these answers its request once, now or in a later event.
#pragma once

#include "server.h"

namespace raw_exec::keeper {

class Keeper;
struct Task;

// By the kind of the request.
void Handle(Keeper* keeper, const Request& request);

void HandleStart(Keeper* keeper, const Request& request);
void HandleSignal(Keeper* keeper, const Request& request);
void HandleStop(Keeper* keeper, const Request& request);
void HandleList(Keeper* keeper, const Request& request);
void HandleForget(Keeper* keeper, const Request& request);
void HandleAdopt(Keeper* keeper, const Request& request);
void HandleDescribe(Keeper* keeper, const Request& request);
void HandleUpgrade(Keeper* keeper, const Request& request);
void HandleLogStatus(Keeper* keeper, const Request& request);

// Takes the id that ends a request, and finds the running or ended task of it; with a serial the
// session beside it. nullptr: there is none, or the request is malformed, and that has been
// answered.
Task* TakeTask(Keeper* keeper, const Request& request, uint64_t session = 0);

}  // namespace raw_exec::keeper
