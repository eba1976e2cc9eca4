#pragma once

#include <map>
#include <string>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// The files of a zip archive at the end of `file`, by name, whatever comes before it; none if there is no archive.
/// Stored and deflated entries. Throws Error if the archive is damaged, has an entry of another kind, or unpacks to
/// more than 64 MiB.
std::map<std::string, Bytes> read_zip(BytesView file);

/// Whether the file is truncated within an archive: it has headers of one near its end, but no end record.
bool ends_inside_zip(BytesView file);

/// Appends an archive of these files, stored, with offsets from the start of `file`, as Python's zipfile does, so that
/// every reader finds them. The same files give the same bytes. Without files nothing is appended.
void append_zip(Bytes& file, const std::map<std::string, Bytes>& files);

}  // namespace mirim
