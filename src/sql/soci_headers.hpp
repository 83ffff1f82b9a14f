// SOCI and its two backends, whose headers do not compile without a warning. Private to the sources of sql/.
#pragma once

#if defined(__GNUC__)
#pragma GCC system_header
#endif

#include <soci/soci.h>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
