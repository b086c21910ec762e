// api/boundary.cpp: see boundary.hpp.
#include "api/boundary.hpp"

#include <string>

namespace kith::api {

void rethrow_as_error() {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw ResourceError("OutOfMemory", "the system has no memory left for this");
  } catch (const std::exception& e) {
    throw Error("InternalError", "Unexpected", std::string("unexpected failure: ") + e.what());
  }
}

}  // namespace kith::api
