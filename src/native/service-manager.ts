// What the service manager that has started this process is told (native/addon/service_manager.cc).

export interface ServiceManagerFunctions {
  /**
   * Sends lines of NAME=VALUE as one datagram, see sd_notify(3); waits for nothing. Node's own sockets have no datagrams on unix
   * sockets.
   *
   * @param socketName what NOTIFY_SOCKET says: an absolute path, or an abstract name that begins with `@`
   * @returns 0 or a positive errno: EAGAIN when the manager has not read what came before yet
   */
  notifyServiceManager(socketName: string, state: string): number;
}
