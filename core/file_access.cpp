// core/file_access.cpp: from a URL to a path, and not out of the directory.
#include "core/file_access.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/assert.hpp"
#include "kith/error.hpp"

namespace kith {
namespace {

// "file" of "file:///x"; nothing where there is no scheme.
std::optional<std::string> scheme_of(std::string_view url) {
  const std::size_t end = url.find(':');
  if (end == std::string_view::npos || end < 2) return std::nullopt;  // C: is none
  std::string scheme;
  for (const char c : url.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) == 0 && c != '+' && c != '-' && c != '.') return std::nullopt;
    scheme += static_cast<char>(std::tolower(byte));
  }
  return scheme;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

[[noreturn]] void fail(std::string detail, const std::string& message) {
  throw ImportError(std::move(detail), message);
}

// What the URL says behind the scheme and the host.
std::string relative_path(std::string_view url) {
  const std::string shown(url);
  std::string path(url);
  if (const auto scheme = scheme_of(url)) {
    if (*scheme != "file") {
      fail("UnsupportedUrl",
           "'" + shown + "' cannot be read: only local files can, as in " + "'file:///name.csv'");
    }
    url.remove_prefix(url.find(':') + 1);
    if (url.starts_with("//")) {
      url.remove_prefix(2);
      const std::string_view host = url.substr(0, url.find('/'));
      if (!host.empty() && host != "localhost") {
        fail("UnsupportedUrl", "'" + shown + "' names a file of the host '" + std::string(host) +
                                   "': write 'file:///name.csv', with three slashes");
      }
      url.remove_prefix(host.size());
    }
    path = percent_decoded(url);
  }
  if (path.find('\0') != std::string::npos) {
    fail("UnsupportedUrl", "the name of a file cannot hold a NUL character");
  }
  path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
  if (path.empty()) fail("UnsupportedUrl", "'" + shown + "' names no file");
  return path;
}

std::string real_path(FileSystem& files, const std::string& path, const std::string& what) {
  try {
    return files.real_path(path);
  } catch (const StorageError& e) {
    fail("FileNotFound", what + ": " + e.what());
  }
}

}  // namespace

std::string path_of(const FileAccess& access, std::string_view url) {
  const std::string path = relative_path(url);
  if (access.directory.empty()) {
    fail("AccessDenied",
         "queries of this database may read no files: give it an import directory (the option "
         "import_directory, or --import-dir)");
  }
  KITH_ASSERT(access.files != nullptr);
  std::string directory =
      real_path(*access.files, access.directory, "the import directory cannot be read");
  const std::string real =
      real_path(*access.files, directory + "/" + path, "there is no file '" + path + "'");
  if (!directory.ends_with('/')) directory += '/';
  if (!real.starts_with(directory)) {
    fail("AccessDenied", "'" + std::string(url) + "' lies outside of the import directory '" +
                             access.directory + "'");
  }
  if (!access.files->exists(real)) {
    fail("FileNotFound",
         "there is no file '" + path + "' beneath the import directory '" + access.directory + "'");
  }
  return real;
}

}  // namespace kith
