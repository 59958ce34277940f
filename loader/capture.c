// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "capture.h"

#include "fail.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

struct capture {
	pcap_t *pcap;
	const char *file;
	size_t count; /* frames read */
	uint8_t *padded;
};

static int check_link_type(struct capture *capture, struct xdv_error *error)
{
	int type = pcap_datalink(capture->pcap);
	const char *name = pcap_datalink_val_to_name(type);

	if (type == DLT_EN10MB)
		return 0;
	fail(error, -ENOTSUP, "%s: expected Ethernet frames, found link type %s", capture->file,
	     name ? name : "unknown");
	return fail_hint(error, -ENOTSUP, "capture on one interface: tcpdump -i eth0, not -i any");
}

int capture_open(struct capture **out, const char *file, struct xdv_error *error)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	char text[PCAP_ERRBUF_SIZE] = "";
	int err;

	if (!capture)
		return fail(error, -ENOMEM, "%s: out of memory", file);
	capture->file = file;
	capture->padded = malloc(CAPTURE_FRAME_MAX);
	if (capture->padded)
		capture->pcap = pcap_open_offline(file, text);
	if (!capture->pcap) {
		capture_close(&capture);
		/* libpcap puts the file's name in front of some of its messages */
		if (strncmp(text, file, strlen(file)) == 0)
			return fail(error, -EINVAL, "%s", text);
		return fail(error, -EINVAL, "%s: %s", file, text);
	}
	err = check_link_type(capture, error);
	if (err)
		capture_close(&capture);
	else
		*out = capture;
	return err;
}

void capture_close(struct capture **capture)
{
	if (!*capture)
		return;
	if ((*capture)->pcap)
		pcap_close((*capture)->pcap);
	free((*capture)->padded);
	free(*capture);
	*capture = NULL;
}

int capture_next(struct capture *capture, struct captured_frame *frame, struct xdv_error *error)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;

	switch (pcap_next_ex(capture->pcap, &header, &bytes)) {
	case 1:
		break;
	case PCAP_ERROR_BREAK:
		return 0;
	default:
		return fail(error, -EINVAL, "%s: behind packet %zu: %s", capture->file,
			    capture->count, pcap_geterr(capture->pcap));
	}
	capture->count++;
	*frame = (struct captured_frame){bytes, header->caplen, 0};
	if (header->len <= header->caplen || header->len > CAPTURE_FRAME_MAX)
		return 1;
	memcpy(capture->padded, bytes, header->caplen);
	memset(capture->padded + header->caplen, 0, header->len - header->caplen);
	*frame = (struct captured_frame){capture->padded, header->len,
					 header->len - header->caplen};
	return 1;
}
