// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "links.h"

#include "fail.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 32768 /* a dump comes in pieces of up to that much */

static bool carries(const struct link *link)
{
	return (link->flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
}

static struct link **find_index(struct links *links, unsigned int index)
{
	struct link **link = &links->list;

	while (*link && (*link)->index != index)
		link = &(*link)->next;
	return link;
}

const struct link *links_find(const struct links *links, const char *name)
{
	const struct link *link = links->list;

	while (link && strcmp(link->name, name) != 0)
		link = link->next;
	return link;
}

static void tell(const struct links *links, enum link_event event, const struct link *link,
		 const struct link *before)
{
	if (links->listed)
		links->event(links->context, event, link, before);
}

static int read_program(const struct nlattr *attribute, void *data)
{
	if (mnl_attr_get_type(attribute) == IFLA_XDP_PROG_ID &&
	    mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
		*(uint32_t *)data = mnl_attr_get_u32(attribute);
	return MNL_CB_OK;
}

static int read_attribute(const struct nlattr *attribute, void *data)
{
	struct link *link = data;

	switch (mnl_attr_get_type(attribute)) {
	case IFLA_IFNAME:
		if (mnl_attr_validate(attribute, MNL_TYPE_STRING) >= 0)
			snprintf(link->name, sizeof(link->name), "%s", mnl_attr_get_str(attribute));
		break;
	case IFLA_MTU:
		if (mnl_attr_validate(attribute, MNL_TYPE_U32) >= 0)
			link->mtu = mnl_attr_get_u32(attribute);
		break;
	case IFLA_XDP:
		mnl_attr_parse_nested(attribute, read_program, &link->program);
		break;
	}
	return MNL_CB_OK;
}

static void link_went(struct links *links, unsigned int index)
{
	struct link **place = find_index(links, index), *link = *place;

	if (!link)
		return;
	*place = link->next;
	tell(links, LINK_WENT, link, link);
	free(link);
}

static void compare(const struct links *links, const struct link *link, const struct link *before)
{
	if (strcmp(link->name, before->name) != 0)
		tell(links, LINK_RENAMED, link, before);
	if (link->mtu != before->mtu)
		tell(links, LINK_MTU, link, before);
	if (link->program != before->program)
		tell(links, LINK_PROGRAM, link, before);
	if (carries(link) != carries(before))
		tell(links, carries(link) ? LINK_UP : LINK_DOWN, link, before);
}

static void link_is(struct links *links, const struct link *now)
{
	struct link **place = find_index(links, now->index), *link = *place, before;

	if (link) {
		before = *link;
		*link = *now;
		link->next = before.next;
		compare(links, link, &before);
		return;
	}
	link = malloc(sizeof(*link));
	if (!link)
		return; /* it comes again with its next change */
	*link = *now;
	link->next = NULL;
	*place = link;
	tell(links, LINK_CAME, link, NULL);
}

static int read_message(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct links *links = data;
	struct link link = {};

	if (mnl_nlmsg_get_payload_len(message) < sizeof(*info) || info->ifi_family != AF_UNSPEC)
		return MNL_CB_OK; /* a bridge tells of its ports */
	link.index = (unsigned int)info->ifi_index;
	link.flags = info->ifi_flags;
	if (message->nlmsg_type == RTM_DELLINK)
		link_went(links, link.index);
	if (message->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	mnl_attr_parse(message, sizeof(*info), read_attribute, &link);
	link.seen = links->sequence;
	if (*link.name)
		link_is(links, &link);
	return MNL_CB_OK;
}

static int ask_for_list(struct links *links)
{
	char buffer[MNL_NLMSG_HDRLEN + sizeof(struct ifinfomsg) + 64];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = RTM_GETLINK;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++links->sequence;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	links->again = false;
	return mnl_socket_sendto(links->socket, message, message->nlmsg_len) < 0 ? -errno : 0;
}

/* What went while events were lost is in the list no more. */
static void list_is_complete(struct links *links)
{
	const struct link *next;

	for (const struct link *link = links->list; link; link = next) {
		next = link->next;
		if (link->seen != links->sequence)
			link_went(links, link->index);
	}
	links->listed = true;
}

/*
 * Events and the list come through one socket, in any order, and one message may end what another
 * began: each is looked at by itself.
 */
static void take(struct links *links, size_t count)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)links->buffer;
	int left = (int)count;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		if (message->nlmsg_type == NLMSG_DONE)
			list_is_complete(links);
		else if (message->nlmsg_type >= NLMSG_MIN_TYPE)
			read_message(message, links);
		if (message->nlmsg_flags & NLM_F_DUMP_INTR)
			links->again = true;
	}
}

static void has_read(struct operation *operation, int result)
{
	struct links *links = container(operation, struct links, read);

	if (links->ending)
		return;
	if (result > 0)
		take(links, (size_t)result);
	if (result == -ENOBUFS || links->again) /* changes were lost: what is so now will do */
		ask_for_list(links);
	loop_read(links->loop, &links->read, mnl_socket_get_fd(links->socket), links->buffer,
		  BUFFER_SIZE);
}

int links_start(struct links *links, struct loop *loop, struct xdv_error *error)
{
	int err = 0;

	links->loop = loop;
	links->read.done = has_read;
	links->buffer = malloc(BUFFER_SIZE);
	links->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!links->buffer || !links->socket ||
	    mnl_socket_bind(links->socket, RTMGRP_LINK, MNL_SOCKET_AUTOPID) < 0)
		err = -errno;
	if (!err)
		err = ask_for_list(links);
	if (err) {
		links_free(links);
		return fail(error, err, "netlink: %s", strerror(-err));
	}
	loop_read(loop, &links->read, mnl_socket_get_fd(links->socket), links->buffer, BUFFER_SIZE);
	return 0;
}

void links_end(struct links *links)
{
	links->ending = true;
	loop_cancel(links->loop, &links->read);
}

void links_free(struct links *links)
{
	struct link *next;

	if (links->socket)
		mnl_socket_close(links->socket);
	for (struct link *link = links->list; link; link = next) {
		next = link->next;
		free(link);
	}
	free(links->buffer);
	*links = (struct links){};
}
