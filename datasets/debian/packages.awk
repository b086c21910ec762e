# datasets/debian/packages.awk: `apt-cache dumpavail` in, CSV files with import headers out.
#
# One package a paragraph; of several versions of a name the first counts. A name that is depended on
# but is no package becomes a node too: Virtual if some package provides it, else Missing.
# Relies on: -v out=FOLDER.

function quote(text) {
  gsub(/"/, "\"\"", text)
  return "\"" text "\""
}

function file(name) { return out "/" name ".csv" }

# One of Depends, Recommends, …: alternatives are split by |, items by commas.
function relations(field, type,    items, alternatives, i, j, n, m, item, name, constraint, open) {
  n = split(fields[field], items, /, */)
  for (i = 1; i <= n; i++) {
    m = split(items[i], alternatives, / *\| */)
    for (j = 1; j <= m; j++) {
      item = alternatives[j]
      name = item
      sub(/[ (].*/, "", name)
      sub(/:.*/, "", name)
      if (name == "") continue
      constraint = ""
      open = index(item, "(")
      if (open) {
        constraint = substr(item, open + 1)
        sub(/\).*/, "", constraint)
      }
      if (type == "PROVIDES") provided[name] = 1
      named[name] = 1
      print quote(package) "," quote(name) "," quote(constraint) "," i "," j >file(type)
    }
  }
}

function finish_paragraph(    maintainer, email, section, tags, n, i) {
  package = fields["Package"]
  if (package == "" || package in packages) return
  packages[package] = 1
  print quote(package) "," quote(fields["Version"]) "," fields["Installed-Size"] + 0 "," fields["Size"] + 0 \
    "," quote(fields["Priority"]) "," quote(fields["Description"]) ",Package" >file("packages")

  maintainer = fields["Maintainer"]
  if (maintainer != "") {
    email = maintainer
    if (match(email, /<[^>]*>/)) email = substr(email, RSTART + 1, RLENGTH - 2)
    email = tolower(email)
    sub(/ *<.*/, "", maintainer)
    gsub(/^"|"$/, "", maintainer)
    if (!(email in maintainers)) {
      maintainers[email] = 1
      print quote(email) "," quote(maintainer) >file("maintainers")
    }
    print quote(package) "," quote(email) >file("MAINTAINED_BY")
  }

  section = fields["Section"]
  if (section != "") {
    if (!(section in sections)) {
      sections[section] = 1
      print quote(section) >file("sections")
    }
    print quote(package) "," quote(section) >file("IN_SECTION")
  }

  n = split(fields["Tag"], tags, /, */)
  for (i = 1; i <= n; i++) {
    if (tags[i] == "") continue
    if (!(tags[i] in all_tags)) {
      all_tags[tags[i]] = 1
      print quote(tags[i]) >file("tags")
    }
    print quote(package) "," quote(tags[i]) >file("HAS_TAG")
  }

  relations("Depends", "DEPENDS")
  relations("Pre-Depends", "PRE_DEPENDS")
  relations("Recommends", "RECOMMENDS")
  relations("Suggests", "SUGGESTS")
  relations("Conflicts", "CONFLICTS")
  relations("Provides", "PROVIDES")
}

BEGIN {
  print "name:ID(Package),version,installedKb:int,downloadBytes:int,priority,description,:LABEL" >file("packages")
  print "email:ID(Maintainer),name" >file("maintainers")
  print "name:ID(Section)" >file("sections")
  print "name:ID(Tag)" >file("tags")
  print ":START_ID(Package),:END_ID(Maintainer)" >file("MAINTAINED_BY")
  print ":START_ID(Package),:END_ID(Section)" >file("IN_SECTION")
  print ":START_ID(Package),:END_ID(Tag)" >file("HAS_TAG")
  n = split("DEPENDS PRE_DEPENDS RECOMMENDS SUGGESTS CONFLICTS PROVIDES", types, " ")
  for (i = 1; i <= n; i++)
    print ":START_ID(Package),:END_ID(Package),constraint,item:int,alternative:int" >file(types[i])
}

/^[^ :]+:/ {
  colon = index($0, ":")
  field = substr($0, 1, colon - 1)
  value = substr($0, colon + 1)
  sub(/^ +/, "", value)
  fields[field] = value
  next
}

/^ / { # a folded line goes on with the field above
  value = $0
  sub(/^ +/, "", value)
  fields[field] = fields[field] (fields[field] ~ /,$/ ? " " : "") value
  next
}

/^$/ {
  finish_paragraph()
  delete fields
}

END {
  finish_paragraph()
  for (name in named)
    if (!(name in packages))
      print quote(name) ",,,,,," (name in provided ? "Virtual" : "Missing") >file("packages")
}
