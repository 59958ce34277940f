/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The grammar of policies. It only says what belongs together: names are resolved and values
 * typed by the checker, which can say more about what is wrong with them.
 */
%define api.pure full
%define api.location.type {struct location}
%define api.prefix {policy_parse_}
%define api.token.prefix {TOKEN_}
%define parse.error custom
%locations
%param {struct scan *scan}
%parse-param {struct policy *policy}
%initial-action { @$ = (struct location){1, 1, 1, 1, scan->source}; }

%code requires {
#include "parser.h"
}

%code provides {
#ifndef YYSTYPE /* what flex calls them, whatever the prefix */
#define YYSTYPE POLICY_PARSE_STYPE
#define YYLTYPE struct location
#endif
}

%code {
#include <stdio.h>
#include <string.h>

int policy_lex_lex(POLICY_PARSE_STYPE *value, struct location *where, void *scanner);
static int policy_parse_lex(POLICY_PARSE_STYPE *value, struct location *where, struct scan *scan)
{
	int start = scan->start;

	scan->start = 0;
	return start ? start : policy_lex_lex(value, where, scan->scanner);
}

static void policy_parse_error(struct location *where, struct scan *scan, struct policy *policy,
			       const char *message)
{
	(void)scan;
	diag_add(&policy->diags, E_SYNTAX, *where, "%s", message);
}

static struct element element_of(struct parts parts, struct location where)
{
	return (struct element){.where = where, .parts = parts.list, .count = parts.count};
}

static struct part *new_part(struct policy *policy, const struct literal *first,
			     struct location where)
{
	struct part *part = arena_alloc(policy->arena, sizeof(*part));

	part->where = where;
	part->first = *first;
	return part;
}

static struct field_use *new_use(struct policy *policy, const struct name *header,
				 const struct name *name)
{
	struct field_use *use = arena_alloc(policy->arena, sizeof(*use));

	use->header = *header;
	use->name = *name;
	return use;
}

static struct elements one_element(struct policy *policy, struct element element)
{
	struct elements elements = {NULL, 0};

	*arena_push(policy->arena, &elements.list, elements.count) = element;
	return elements;
}

static struct consumer *new_consumer(struct policy *policy, const struct name *name)
{
	struct consumer *consumer = arena_alloc(policy->arena, sizeof(*consumer));

	consumer->name = *name;
	*arena_push(policy->arena, &policy->consumers, policy->consumer_count) = consumer;
	return consumer;
}

static struct elements join_elements(struct policy *policy, struct elements to,
				     struct elements from)
{
	if (!to.count)
		return from;
	for (size_t i = 0; i < from.count; i++)
		*arena_push(policy->arena, &to.list, to.count) = from.list[i];
	return to;
}

static struct set *set_new(struct policy *policy, struct name name, struct names types,
			   struct names words)
{
	struct set *set = arena_alloc(policy->arena, sizeof(*set));

	set->name = name;
	set->type_names = types.list;
	set->parts = types.count;
	set->words = words.list;
	set->word_count = words.count;
	*arena_push(policy->arena, &policy->sets, policy->set_count) = set;
	return set;
}
}

%union {
	struct name name;
	struct names names;
	struct literal literal;
	struct part *part; /* the large ones by address: bison copies this often */
	struct parts parts;
	struct element element;
	struct elements elements;
	struct expr *expr;
	struct action *action;
	struct option option;
	struct options options;
	struct field_use *use;
}

%token <name> SET "`set`" CONSUMER "`consumer`" TARGET "`target`" RULE "`rule`" DEFAULT "`default`" TEST "`test`"
%token INCLUDE "`include`"
%token <name> FLOWS "`flows`" ON_EXIT "`on-exit`"
%token AND "`and`" OR "`or`" NOT "`not`" IN "`in`" ARROW "`=>`" NOT_EQUAL "`!=`"
%token <name> WORD "a name" SET_NAME "a set (@NAME)" PACKET "a packet"
%token <name> STRING "a string"
%token <name> DURATION "a time"
%token <literal> NUMBER "a number" ADDRESS "an address"
%token INVALID "an unknown character" OPEN_STRING "a string without an end"
%token '{' "`{`" '}' "`}`" '(' "`(`" ')' "`)`" ',' "`,`" ':' "`:`" ';' "`;`" '.' "`.`" '-' "`-`"
%token '/' "`/`" '&' "`&`" '|' "`|`" '=' "`=`" '+' "`+`"
%token START_LIST "the start of a list"
%token END 0 "the end of the file"

%left OR
%left AND
%precedence NOT

%type <names> types flags words action_words
%type <name> option_word action_word rule_name
%type <literal> literal mask offset
%type <use> field
%type <part> part addresses
%type <parts> parts
%type <element> element
%type <elements> elements element_list included masked list
%type <expr> expr match fields
%type <action> action
%type <option> option
%type <options> options

%%

file:
	statements
	| START_LIST list { scan->elements = $list; }
	;

statements:
	%empty
	| statements statement
	;

statement:
	set
	| consumer
	| flows
	| rule
	| DEFAULT action
		{
			if (policy->has_default)
				diag_add(&policy->diags, E_DUPLICATE, @$, "a second default");
			policy->has_default = true;
			policy->default_action = *$action;
		}
	| ON_EXIT WORD
		{
			if (policy->on_exit.text)
				diag_add(&policy->diags, E_DUPLICATE, $ON_EXIT.where,
					 "a second `on-exit`");
			policy->on_exit = $WORD;
		}
	| TEST rule_name ':' PACKET
		{
			struct policy_test *test = arena_alloc(policy->arena, sizeof(*test));

			test->expected = $rule_name;
			test->packet = $PACKET.text;
			test->packet_where = $PACKET.where;
			*arena_push(policy->arena, &policy->tests, policy->test_count) = test;
		}
	| INCLUDE STRING { include_policy(policy, &$STRING); }
	| RULE error { policy->broken_rules = true; }
	| error
	;

rule_name: WORD | DEFAULT;

set: SET WORD ':' types words { set_new(policy, $WORD, $types, $words); }
	| SET WORD ':' types words '{' element_list '}'
		{
			struct set *set = set_new(policy, $WORD, $types, $words);

			set->has_list = true;
			set->elements = $element_list;
		}
	| SET WORD error
		{
			struct names none = {NULL, 0};

			set_new(policy, $WORD, none, none)->broken = true;
		}
	;

types:
	WORD
		{
			$$ = (struct names){NULL, 0};
			*arena_push(policy->arena, &$$.list, $$.count) = $WORD;
		}
	| types[before] '.' WORD
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $WORD;
		}
	;

element_list:
	%empty { $$ = (struct elements){NULL, 0}; }
	| elements
	| elements ','
	;

elements:
	element { $$ = one_element(policy, $element); }
	| included
	| elements[before] ',' element
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $element;
		}
	| elements[before] ',' included { $$ = join_elements(policy, $before, $included); }
	;

included: INCLUDE STRING { $$ = include_list(policy, &$STRING); };

/* What an included file has: elements with anything between them. */
list:
	%empty { $$ = (struct elements){NULL, 0}; }
	| list[before] element
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $element;
		}
	| list[before] included { $$ = join_elements(policy, $before, $included); }
	| list[before] ',' { $$ = $before; }
	| list[before] error { $$ = $before; }
	;

element: parts { $$ = element_of($parts, @$); };

parts:
	part { $$ = (struct parts){$part, 1}; }
	| parts[before] '.' part
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = *$part;
		}
	;

part:
	literal { $$ = new_part(policy, &$literal, @$); }
	| literal[first] '-' literal[last]
		{
			$$ = new_part(policy, &$first, @$);
			$$->last = $last;
			$$->is_range = true;
		}
	| literal '/' NUMBER
		{
			$$ = new_part(policy, &$literal, @$);
			$$->is_prefix = true;
			$$->prefix = $NUMBER.number;
		}
	;

literal:
	NUMBER
	| ADDRESS
	| WORD
		{
			$$ = (struct literal){.kind = LITERAL_SYMBOL, .where = @$,
					      .text = $WORD.text};
		}
	| flags
		{
			$$ = (struct literal){.kind = LITERAL_FLAGS, .where = @$,
					      .text = "", .flags = $flags.list,
					      .flag_count = $flags.count};
		}
	;

flags:
	WORD[a] '|' WORD[b]
		{
			$$ = (struct names){NULL, 0};
			*arena_push(policy->arena, &$$.list, $$.count) = $a;
			*arena_push(policy->arena, &$$.list, $$.count) = $b;
		}
	| flags[before] '|' WORD
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $WORD;
		}
	;

consumer:
	CONSUMER WORD '{' options '}'
		{
			struct consumer *consumer = new_consumer(policy, &$WORD);

			consumer->options = $options.list;
			consumer->option_count = $options.count;
		}
	| CONSUMER WORD error { new_consumer(policy, &$WORD); }
	| TARGET WORD[name] WORD[kind] '{' options '}'
		{
			struct consumer *target = new_consumer(policy, &$name);

			target->kind_name = $kind;
			target->options = $options.list;
			target->option_count = $options.count;
		}
	| TARGET WORD[name] WORD[kind] error { new_consumer(policy, &$name)->kind_name = $kind; }
	| TARGET WORD error { new_consumer(policy, &$WORD)->broken = true; }
	;

flows:
	FLOWS '{' options '}'
		{
			struct flows *flows = arena_alloc(policy->arena, sizeof(*flows));

			flows->options = $options.list;
			flows->option_count = $options.count;
			if (policy->flows)
				diag_add(&policy->diags, E_DUPLICATE, $FLOWS.where,
					 "a second `flows`");
			else
				policy->flows = flows;
		}
	| FLOWS error
	;

options:
	%empty { $$ = (struct options){NULL, 0}; }
	| option
		{
			$$ = (struct options){NULL, 0};
			*arena_push(policy->arena, &$$.list, $$.count) = $option;
		}
	| options[before] ';' { $$ = $before; }
	| options[before] ';' option
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $option;
		}
	;

option:
	WORD words { $$ = (struct option){.name = $WORD, .words = $words.list,
					  .count = $words.count}; }
	| WORD STRING { $$ = (struct option){.name = $WORD, .string = $STRING}; }
	| WORD addresses { $$ = (struct option){.name = $WORD, .addresses = $addresses}; }
	;

addresses:
	ADDRESS { $$ = new_part(policy, &$ADDRESS, @$); }
	| ADDRESS[first] '-' ADDRESS[last]
		{
			$$ = new_part(policy, &$first, @$);
			$$->last = $last;
			$$->is_range = true;
		}
	| ADDRESS '/' NUMBER
		{
			$$ = new_part(policy, &$ADDRESS, @$);
			$$->is_prefix = true;
			$$->prefix = $NUMBER.number;
		}
	;

words:
	%empty { $$ = (struct names){NULL, 0}; }
	| words[before] option_word
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $option_word;
		}
	;

option_word:
	WORD
	| DURATION
	| NUMBER { $$ = (struct name){$NUMBER.text, @$}; }
	;

rule: RULE WORD ':' expr ARROW action
		{
			struct rule *rule = arena_alloc(policy->arena, sizeof(*rule));

			rule->name = $WORD;
			rule->where = @$;
			rule->match = $expr;
			rule->action = *$action;
			*arena_push(policy->arena, &policy->rules, policy->rule_count) = rule;
		}
	;

action: action_words
		{
			$$ = arena_alloc(policy->arena, sizeof(*$$));
			$$->where = @$;
			$$->words = $action_words.list;
			$$->word_count = $action_words.count;
		}
	;

/* What its words mean, and where one action ends in another, depends on what they are. */
action_words:
	WORD
		{
			$$ = (struct names){NULL, 0};
			*arena_push(policy->arena, &$$.list, $$.count) = $WORD;
		}
	| action_words[before] action_word
		{
			$$ = $before;
			*arena_push(policy->arena, &$$.list, $$.count) = $action_word;
		}
	;

action_word:
	option_word
	| '.' { $$ = (struct name){".", @$}; } /* eth0.100 */
	| '/' { $$ = (struct name){"/", @$}; } /* 1000/s */
	;

expr:
	expr[a] OR expr[b] { $$ = expr_join(policy, EXPR_OR, $a, $b); }
	| expr[a] AND expr[b] { $$ = expr_join(policy, EXPR_AND, $a, $b); }
	| NOT expr[a]
		{
			$$ = expr_new(policy, EXPR_NOT, @$);
			$$->left = $a;
		}
	| '(' expr[a] ')' { $$ = $a; $$->where = @$; }
	| match
	;

match:
	WORD
		{
			$$ = expr_new(policy, EXPR_HEADER, @$);
			$$->header_name = $WORD;
		}
	| WORD STRING
		{
			$$ = expr_new(policy, EXPR_PCAP, @$);
			$$->header_name = $WORD;
			$$->filter_text = $STRING;
		}
	| fields element
		{ $$ = $fields; $$->where = @$; $$->elements = one_element(policy, $element); }
	| fields '=' element
		{ $$ = $fields; $$->where = @$; $$->elements = one_element(policy, $element); }
	| fields NOT_EQUAL element
		{
			$$ = $fields;
			$$->where = @$;
			$$->negated = true;
			$$->elements = one_element(policy, $element);
		}
	| fields in '{' element_list '}'
		{ $$ = $fields; $$->where = @$; $$->elements = $element_list; }
	| fields NOT_EQUAL '{' element_list '}'
		{
			$$ = $fields;
			$$->where = @$;
			$$->negated = true;
			$$->elements = $element_list;
		}
	| fields in SET_NAME
		{ $$ = $fields; $$->where = @$; $$->set_name = $SET_NAME; }
	| fields NOT_EQUAL SET_NAME
		{ $$ = $fields; $$->where = @$; $$->negated = true; $$->set_name = $SET_NAME; }
	| fields '&' mask '=' masked
		{
			$$ = $fields;
			$$->where = @$;
			$$->kind = EXPR_MASK;
			$$->mask_literal = $mask;
			$$->elements = $masked;
		}
	| fields '&' mask NOT_EQUAL masked
		{
			$$ = $fields;
			$$->where = @$;
			$$->kind = EXPR_MASK;
			$$->negated = true;
			$$->mask_literal = $mask;
			$$->elements = $masked;
		}
	| fields '&' mask IN '{' element_list '}'
		{
			$$ = $fields;
			$$->where = @$;
			$$->kind = EXPR_MASK;
			$$->mask_literal = $mask;
			$$->elements = $element_list;
		}
	;

masked:
	element { $$ = one_element(policy, $element); }
	| '(' literal ')'
		{
			struct parts parts = {NULL, 0};

			*arena_push(policy->arena, &parts.list, parts.count) =
				(struct part){.where = @$, .first = $literal};
			$$ = one_element(policy, element_of(parts, @$));
		}
	| '{' element_list '}' { $$ = $element_list; }
	;

in: %empty | IN;

mask: literal | '(' literal ')' { $$ = $2; };

fields:
	field
		{
			$$ = expr_new(policy, EXPR_MATCH, @$);
			$$->fields[$$->field_count++] = *$field;
		}
	| fields[before] '.' field
		{
			$$ = $before;
			if ($$->field_count == KEY_PARTS_MAX)
				diag_add(&policy->diags, E_SYNTAX, @$,
					 "a key of more than %d fields", KEY_PARTS_MAX);
			else
				$$->fields[$$->field_count++] = *$field;
		}
	;

field:
	WORD[header] WORD[name] { $$ = new_use(policy, &$header, &$name); }
	| WORD[header] '(' WORD[base] offset ',' NUMBER[length] ')'
		{
			$$ = new_use(policy, &$header, &$base);
			$$->is_bytes = true;
			$$->offset = $offset;
			$$->length = $length;
		}
	;

offset:
	%empty { $$ = (struct literal){.kind = LITERAL_NUMBER, .where = @$, .text = "0"}; }
	| '+' NUMBER { $$ = $NUMBER; }
	;

%%

/* "an address `10.0.0.1`", from the text at the place of the token. */
static void describe_token(struct policy *policy, const struct location *where,
			   yysymbol_kind_t token, char *out, size_t size)
{
	const char *name = yysymbol_name(token), *text = source_line(&policy->sources, where);
	const char *noun = strncmp(name, "a", 1) == 0 ? strchr(name, ' ') : NULL;
	unsigned int width = where->end_line == where->line ? where->end_column - where->column : 1;

	if (noun) /* "unexpected number", but "expected a number" */
		name = noun + 1;
	if (!text || !width || name[0] == '`')
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%s `%.*s`", name, (int)width, text + where->column - 1);
}

static int yyreport_syntax_error(const yypcontext_t *context, struct scan *scan,
				 struct policy *policy)
{
	enum { EXPECTED_MAX = 6 };
	yysymbol_kind_t expected[EXPECTED_MAX];
	int count = yypcontext_expected_tokens(context, expected, EXPECTED_MAX);
	yysymbol_kind_t token = yypcontext_token(context);
	struct location *where = yypcontext_location(context);
	char found[128], wanted[256] = "";
	struct diag *diag;

	(void)scan;
	describe_token(policy, where, token, found, sizeof(found));
	for (int i = 0; i < count; i++) {
		size_t used = strlen(wanted);

		snprintf(wanted + used, sizeof(wanted) - used, "%s%s",
			 i == 0 ? ", expected " : i == count - 1 ? " or " : ", ",
			 yysymbol_name(expected[i]));
	}
	diag = diag_add(&policy->diags, E_SYNTAX, *where, "unexpected %s%s", found, wanted);
	if (count == 1 && expected[0] == YYSYMBOL_STRING)
		diag_hint(&policy->diags, diag, "strings stand in quotes, in one line: \"…\"");
	if ((token == YYSYMBOL_NUMBER || token == YYSYMBOL_ADDRESS) && count > 0 &&
	    expected[0] == YYSYMBOL_NOT)
		diag_hint(&policy->diags, diag,
			  "each value needs its field: `ip saddr A or ip saddr B`, or a list: "
			  "`ip saddr { A, B }`");
	return 0;
}
