/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Objects that clang has made before. The code of a policy depends on its shape more than on its
 * rules, so that the usual edit finds its object here.
 *
 * In /var/cache/xdivert for root, else in $XDG_CACHE_HOME/xdivert or ~/.cache/xdivert; a
 * directory that somebody else could write to is not used. XDIVERT_CACHE names another, and
 * "off" none.
 */
#ifndef XDIVERT_CACHE_H
#define XDIVERT_CACHE_H

#include <stddef.h>

/*
 * A name for the object of this C, compiled by this compiler: by its name, and by size and time of
 * its file, so that another version makes another object.
 */
#define CACHE_KEY 33
void cache_key(char key[CACHE_KEY], const char *program, size_t length, const char *compiler);

/* 0 and a malloc'ed object that the caller frees; -ENOENT if there is none. */
int cache_get(const char *key, void **object, size_t *size);

/* Keeps an object; what can't be kept is no error. The oldest go when there are many. */
void cache_put(const char *key, const void *object, size_t size);

#endif
