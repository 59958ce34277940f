// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "session.h"

#include "process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANCESTORS_MAX 32
#define INODES_MAX    256

struct session {
	struct local_socket *list;
	size_t count;
};

static bool is_loopback(const struct local_socket *socket)
{
	static const uint8_t loopback6[16] = {[15] = 1};

	return socket->family == AF_INET ? socket->address[0] == 127
					 : memcmp(socket->address, loopback6, 16) == 0;
}

static bool is_same(const struct local_socket *a, const struct local_socket *b)
{
	return a->family == b->family && a->port == b->port && a->peer_port == b->peer_port &&
	       memcmp(a->address, b->address, 16) == 0 && memcmp(a->peer, b->peer, 16) == 0;
}

static void add(struct session *session, const struct local_socket *socket)
{
	if (session->count == SESSION_MAX || is_loopback(socket))
		return;
	for (size_t i = 0; i < session->count; i++)
		if (is_same(&session->list[i], socket))
			return;
	session->list[session->count++] = *socket;
}

/* "PEER PORT LOCAL PORT" */
static void read_variable(struct session *session)
{
	const char *text = getenv("SSH_CONNECTION");
	struct local_socket socket = {.protocol = IPPROTO_TCP};
	char peer[64], local[64];
	unsigned int peer_port, port;

	if (!text || sscanf(text, "%63s %u %63s %u", peer, &peer_port, local, &port) != 4)
		return;
	socket.family = strchr(local, ':') ? AF_INET6 : AF_INET;
	socket.port = (uint16_t)port;
	socket.peer_port = (uint16_t)peer_port;
	if (inet_pton(socket.family, local, socket.address) == 1 &&
	    inet_pton(socket.family, peer, socket.peer) == 1)
		add(session, &socket);
}

/* The inodes of the sockets that a process has open. */
static size_t list_inodes(uint32_t inodes[INODES_MAX], size_t count, pid_t pid)
{
	char path[300], target[64];
	struct dirent *entry;
	DIR *directory;
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	directory = opendir(path);
	while (directory && count < INODES_MAX && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%s", (int)pid, entry->d_name);
		length = readlink(path, target, sizeof(target) - 1);
		if (length <= 0)
			continue;
		target[length] = '\0';
		count += sscanf(target, "socket:[%u]", &inodes[count]) == 1;
	}
	if (directory)
		closedir(directory);
	return count;
}

static bool is_among(uint32_t inode, const uint32_t *inodes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (inodes[i] == inode)
			return true;
	return false;
}

static void read_parents(struct session *session)
{
	uint32_t inodes[INODES_MAX];
	struct local_socket *sockets;
	size_t count = 0, found;
	pid_t pid = getppid();

	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++, pid = process_parent(pid))
		count = list_inodes(inodes, count, pid);
	if (!count || local_sockets(&sockets, &found, SOCKETS_CONNECTED))
		return;
	for (size_t i = 0; i < found; i++)
		if (sockets[i].protocol == IPPROTO_TCP && is_among(sockets[i].inode, inodes, count))
			add(session, &sockets[i]);
	free(sockets);
}

size_t session_sockets(struct local_socket list[SESSION_MAX])
{
	struct session session = {.list = list};

	read_variable(&session);
	read_parents(&session);
	return session.count;
}
