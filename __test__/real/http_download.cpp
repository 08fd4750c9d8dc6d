// http_download HOST PORT PATH...: downloads over one connection that is kept alive, with
// blocking sockets: status, how the length was told, bytes, FNV-1a of them.
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

Failure failure(const std::string &what) { return Failure(what + ": " + std::strerror(errno)); }

// Bytes of a connection, with as much as the kernel gives at a time in between.
class Connection {
 public:
  Connection(const std::string &host, const std::string &port) : host_(host) {
    addrinfo hints{}, *list = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &list)) throw Failure(gai_strerror(code));
    for (addrinfo *entry = list; entry && fd_ < 0; entry = entry->ai_next) {
      fd_ = socket(entry->ai_family, entry->ai_socktype, entry->ai_protocol);
      if (fd_ >= 0 && connect(fd_, entry->ai_addr, entry->ai_addrlen) < 0) {
        close(fd_);
        fd_ = -1;
      }
    }
    freeaddrinfo(list);
    if (fd_ < 0) throw failure("connect");
  }
  Connection(const Connection &) = delete;
  Connection &operator=(const Connection &) = delete;
  ~Connection() { close(fd_); }

  void send(const std::string &text) {
    for (size_t done = 0; done < text.size();) {
      ssize_t count = ::send(fd_, text.c_str() + done, text.size() - done, 0);
      if (count < 0) throw failure("send");
      done += count;
    }
  }

  std::string line() {
    std::string text;
    for (;;) {
      char byte = next();
      if (byte == '\n') break;
      text += byte;
    }
    if (!text.empty() && text.back() == '\r') text.pop_back();
    return text;
  }

  template <typename Take>
  void bytes(size_t size, Take take) {
    while (size > 0) {
      if (at_ == end_) fill();
      size_t part = end_ - at_ < size ? end_ - at_ : size;
      take(buffer_.data() + at_, part);
      at_ += part;
      size -= part;
    }
  }

  // As it stands in a URL.
  std::string host() const { return host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]"; }

 private:
  char next() {
    if (at_ == end_) fill();
    return buffer_[at_++];
  }

  void fill() {
    ssize_t count = recv(fd_, buffer_.data(), buffer_.size(), 0);
    if (count < 0) throw failure("recv");
    if (count == 0) throw Failure("the server has closed the connection");
    at_ = 0;
    end_ = count;
  }

  std::string host_;
  int fd_ = -1;
  std::vector<char> buffer_ = std::vector<char>(30011);
  size_t at_ = 0, end_ = 0;
};

// FNV-1a, of 64 bits.
struct Checksum {
  unsigned long long value = 0xcbf29ce484222325ULL;
  void add(const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) value = (value ^ (unsigned char)bytes[i]) * 0x100000001b3ULL;
  }
};

void download(Connection &connection, const std::string &path) {
  connection.send("GET " + path + " HTTP/1.1\r\nHost: " + connection.host() + "\r\nAccept: */*\r\n\r\n");
  std::cout << path << ": " << connection.line() << '\n';
  std::map<std::string, std::string> headers;
  for (std::string line; !(line = connection.line()).empty();) {
    size_t colon = line.find(':');
    if (colon == std::string::npos) throw Failure("no header: " + line);
    std::string name = line.substr(0, colon);
    for (char &letter : name) letter = (char)std::tolower((unsigned char)letter);
    headers[name] = line.substr(line.find_first_not_of(' ', colon + 1));
  }
  Checksum sum;
  size_t total = 0;
  auto take = [&](const char *bytes, size_t size) {
    sum.add(bytes, size);
    total += size;
  };
  if (headers.count("transfer-encoding")) {
    std::cout << "transfer-encoding: " << headers["transfer-encoding"] << '\n';
    while (size_t size = std::stoul(connection.line(), nullptr, 16)) {
      connection.bytes(size, take);
      if (!connection.line().empty()) throw Failure("a chunk does not end");
    }
    while (!connection.line().empty()) {
    }
  } else {
    std::cout << "content-length: " << headers["content-length"] << '\n';
    connection.bytes(std::stoul(headers["content-length"]), take);
  }
  std::cout << total << " bytes, " << std::hex << sum.value << std::dec << std::endl;
}

}  // namespace

int main(int argc, char **argv) {
  if (argc < 4) {
    std::cerr << "usage: http_download HOST PORT PATH..." << std::endl;
    return 2;
  }
  try {
    Connection connection(argv[1], argv[2]);
    for (int i = 3; i < argc; i++) download(connection, argv[i]);
  } catch (const Failure &error) {
    std::cout << "failed: " << error.what() << std::endl;
    return 1;
  }
  return 0;
}
