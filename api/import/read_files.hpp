// api/import/read_files.hpp: the loop over the files of one --nodes or --relationships argument.
#pragma once

#include "api/import/importer.hpp"

namespace kith::import {

template <class Group, class AddRow>
void Importer::read_files(const ImportFiles& files, Group& group, AddRow&& add_row) {
  const std::string_view stage =
      &files >= options_.nodes.data() && &files < options_.nodes.data() + options_.nodes.size()
          ? "nodes"
          : "relationships";
  std::uint64_t rows = 0;
  for (const auto& file : files.files) {
    const auto reader = open(file);
    file_name_ = &file;
    while (const auto* row = reader->next()) {
      if (group.specs.empty()) {
        group.read_header(*reader, *row, options_.id_type);
        continue;
      }
      check_width(*reader, *row, group.specs.size());
      add_row(*reader, *row);
      ++rows_;
      if ((++rows & 0xfff) == 0) report_progress(stage, rows_, reader->bytes_read(), false);
    }
    bytes_done_ += reader->size();
  }
  if (group.specs.empty())
    throw ImportError("NoHeader",
                      files.files.front() + ": the file is empty; its first line must be a header");
  report_progress(stage, rows_, 0, true);
}

}  // namespace kith::import
