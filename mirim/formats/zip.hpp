#pragma once

#include <map>
#include <string>

#include "mirim/base/bytes.hpp"

namespace mirim {

/// The files of a zip archive that `file` ends with, by name, whatever stands in front of it; none where it ends with
/// no archive. Stored and deflated entries. Throws Error when the archive is damaged, has an entry of another kind, or
/// unpacks to more than 64 MiB.
std::map<std::string, Bytes> read_zip(BytesView file);

/// Whether the file breaks off within an archive: headers of one stand near its end, the end record does not.
bool ends_inside_zip(BytesView file);

/// Appends an archive of these files, stored, its offsets counted from the start of `file`: as Python's zipfile does,
/// so that every reader finds them. The same files give the same bytes. No files: nothing is appended.
void append_zip(Bytes& file, const std::map<std::string, Bytes>& files);

}  // namespace mirim
