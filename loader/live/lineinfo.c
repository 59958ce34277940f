// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Reads section .BTF.ext, as Linux's Documentation/bpf/btf.rst ("BTF.ext section") has it. libbpf
 * reads it too, but does not give it out.
 */
#include "lineinfo.h"

#include <bpf/btf.h>
#include <gelf.h>
#include <libelf.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define INSN_SIZE     8
#define BTF_EXT_MAGIC 0xeb9f

struct btf_ext_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t header_length;
	uint32_t func_info_offset, func_info_length;
	uint32_t line_info_offset, line_info_length; /* offsets count from the header's end */
};

/* In front of the records of each section of code. */
struct btf_ext_section {
	uint32_t name_offset;
	uint32_t count;
};

static const void *section_data(Elf *elf, const char *wanted, size_t *size)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;
		const char *name;

		if (!gelf_getshdr(section, &header))
			return NULL;
		name = elf_strptr(elf, names, header.sh_name);
		data = name && strcmp(name, wanted) == 0 ? elf_getdata(section, NULL) : NULL;
		if (data) {
			*size = data->d_size;
			return data->d_buf;
		}
	}
	return NULL;
}

/* The records of section "xdp", where the program stands first: instruction offsets count alike. */
static const void *line_records(const struct btf *btf, const uint8_t *ext, size_t size,
				uint32_t *record_size, uint32_t *count)
{
	struct btf_ext_header header;
	struct btf_ext_section section;
	size_t at, end;

	if (size < sizeof(header))
		return NULL;
	memcpy(&header, ext, sizeof(header));
	at = (size_t)header.header_length + header.line_info_offset;
	end = at + header.line_info_length;
	if (header.magic != BTF_EXT_MAGIC || end > size || header.line_info_length < 4)
		return NULL;
	memcpy(record_size, ext + at, sizeof(*record_size));
	at += sizeof(*record_size);
	if (*record_size < sizeof(struct bpf_line_info))
		return NULL;
	for (; at + sizeof(section) <= end; at += (size_t)section.count * *record_size) {
		const char *name;

		memcpy(&section, ext + at, sizeof(section));
		at += sizeof(section);
		name = btf__name_by_offset(btf, section.name_offset);
		if (section.count > (end - at) / *record_size)
			return NULL;
		if (name && strcmp(name, "xdp") == 0) {
			*count = section.count;
			return ext + at;
		}
	}
	return NULL;
}

/* clang writes "/directory/policies/x.policy" for a file that was called "policies/x.policy". */
static bool is_file(const char *path, const char *file)
{
	size_t length = strlen(path), tail;

	while (strncmp(file, "./", 2) == 0)
		file += 2;
	tail = strlen(file);
	return tail <= length && strcmp(path + length - tail, file) == 0 &&
	       (tail == length || path[length - tail - 1] == '/');
}

static unsigned int find_line(const struct btf *btf, const uint8_t *ext, size_t size,
			      const char *file, unsigned int insn)
{
	struct bpf_line_info found = {0}, record;
	uint32_t record_size, count;
	const uint8_t *records = line_records(btf, ext, size, &record_size, &count);
	const char *name;

	if (!records)
		return 0;
	for (uint32_t i = 0; i < count; i++) {
		memcpy(&record, records + (size_t)i * record_size, sizeof(record));
		if (record.insn_off > insn * INSN_SIZE)
			break;
		found = record;
	}
	name = btf__name_by_offset(btf, found.file_name_off);
	return name && is_file(name, file) ? BPF_LINE_INFO_LINE_NUM(found.line_col) : 0;
}

unsigned int lineinfo_line(const void *object, size_t size, const char *file, unsigned int insn)
{
	const void *btf_data = NULL, *ext = NULL;
	size_t btf_size = 0, ext_size = 0;
	unsigned int line = 0;
	struct btf *btf;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)(uintptr_t)object, size);
	if (!elf)
		return 0;
	btf_data = section_data(elf, ".BTF", &btf_size);
	ext = section_data(elf, ".BTF.ext", &ext_size);
	btf = btf_data && ext ? btf__new(btf_data, (__u32)btf_size) : NULL;
	if (btf)
		line = find_line(btf, ext, ext_size, file, insn);
	btf__free(btf);
	elf_end(elf);
	return line;
}
