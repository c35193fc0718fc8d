"""Names, descriptors, layers files and their schema: what they mean, and one clean line when wrong."""

from __future__ import annotations

import io
import itertools
import json
import math
import os
import random
import re
import subprocess
import sys
import warnings
from pathlib import Path

import msgspec
import pytest
import tools
from test_spec import random_fields

from convgen.errors import InputError
from convgen.layer.chain import Chain
from convgen.layer.descriptions import DESCRIPTIONS
from convgen.layer.fields import OPS
from convgen.layer.formats import NamedSpec, load_layers, parse_descriptor, schema, spec_name, to_descriptor
from convgen.layer.names import check_name, to_identifier
from convgen.layer.reserved import taken
from convgen.layer.spec import ConvSpec

HERE = Path(__file__).parent


def says(caught, *parts):
    """The error is one line that holds the parts."""
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 300
    for part in parts:
        assert part in message


# --- names ---

BAD_NAMES = [
    "", "a;b", "../x", 'x"', "abc\n", "\nabc", "a b", "a-b", "a.b", "9lives", "é", "x" * 129,
    "x" * 10_000, "a\0b", "a/b", "a$b", "a\\b", "ａ", "x٣", "/* */", "%s", "for", "restrict", "class",
    "main", "__a", "_A", None, 3, b"abc",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES, ids=lambda n: repr(n)[:30])
def test_bad_kernel_names(name):
    with pytest.raises(InputError) as caught:
        check_name(name)
    says(caught, "name must", repr(name)[:20])


@pytest.mark.parametrize("name", ["a", "conv_3x3", "A9", "x" * 128, "forward", "conv__x"])
def test_good_kernel_names(name):
    assert check_name(name) == to_identifier(name) == name


@pytest.mark.parametrize(("name", "identifier"), [
    ("resnet50.2b3x3", "resnet50_2b3x3"),
    ("resnet_50:res2a", "resnet_50_res2a"),
    ("../x", "x"),
    ("3d_conv:1", "layer_3d_conv_1"),
    ("for", "layer_for"),
    ("__a", "a"),
])  # fmt: skip
def test_to_identifier(name, identifier):
    assert to_identifier(name) == identifier


def test_to_identifier_keeps_odd_names_apart():
    names = ["слой", "层", "***", "a." * 100, "a." * 100 + "b", "_X", "\udcff", "int"]
    identifiers = [check_name(to_identifier(name)) for name in names]
    assert len(set(identifiers)) == len(names)
    assert all(len(identifier) <= 63 for identifier in identifiers)


# --- descriptors ---

RESNET = {"ic": 64, "oc": 64, "ih": 56, "iw": 56, "kh": 3, "kw": 3}

# descriptor -> the same layer in fields, its name
DESCRIPTORS = [
    ('mb1ic64ih56oc64oh56kh3ph1n"resnet_50:res2a"', RESNET | {"padding": "half"}, "resnet_50:res2a"),
    ("ic64ih56oc64oh56kh3ph1", RESNET | {"padding": "half"}, None),
    ("ic64ih56oc64kh3ph1", RESNET | {"padding": "half"}, None),  # missing o: symmetric pads
    ("ic64ih56oc64oh56kh3", RESNET | {"padding": "half"}, None),  # missing p: from o
    ("ic64ih56oc64kh3", RESNET, None),  # neither: no pads
    ("__mb4_ic64ih56_oc64_kh3_kw3_iw56_", RESNET | {"n": 4}, None),
    ("kh3oc64ih56ic64", RESNET, None),
    ("ic64ih56oc64kh3dh1", RESNET | {"dh": 2, "dw": 2}, None),
    ("ic64ih56oc64kh3dh0", RESNET, None),
    ("g64ic64ih56oc64kh3sh2", RESNET | {"g": 64, "sh": 2, "sw": 2}, None),
    # the pad at the end follows from o: 224 rows, 7×7, stride 2 leave the last padding row unread
    ("ic3ih224oc64oh112kh7sh2ph3",
     {"ic": 3, "ih": 224, "iw": 224, "oc": 64, "kh": 7, "kw": 7, "sh": 2, "sw": 2,
      "top": 3, "left": 3, "bottom": 2, "right": 2}, None),
    ("ic64ih56oc64oh57kh3ph1", RESNET | {"top": 1, "left": 1, "bottom": 2, "right": 2}, None),
    ("ic64ih56oc64oh55kh3", RESNET | {"bottom": 1, "right": 1}, None),  # odd total: more at the end
    ("ic64ih56oc64oh28kh1sh2ph0", RESNET | {"kh": 1, "kw": 1, "sh": 2, "sw": 2}, None),  # input unread
    # an axis with extents of its own inherits nothing
    ("ic64ih56iw30oc64kh3kw5sh2ph1",
     RESNET | {"iw": 30, "kw": 5, "sh": 2, "top": 1, "bottom": 1}, None),
    ("ic17oc19ih9iw11oh5ow6kh3kw3sh2sw2ph1pw1",
     {"ic": 17, "oc": 19, "ih": 9, "iw": 11, "kh": 3, "kw": 3, "sh": 2, "sw": 2,
      "top": 1, "bottom": 1, "left": 1, "right": 1}, None),
    ("ic64ih56oc64kh3ph1sw1pw1dw0", RESNET | {"padding": "half"}, None),  # repeats what it inherits
    # one and three dimensions
    ('g6_ic24oc24_iw11kw3_n"1d:4"',
     {"g": 6, "ic": 24, "oc": 24, "iw": 11, "kw": 3, "layout": "ncw"}, "1d:4"),
    ("ic3oc8iw8kw3ow4sw2pw1sh1ph0", {"ic": 3, "oc": 8, "iw": 8, "kw": 3, "sw": 2, "left": 1}, None),
    ("ic4id10oc8kd3pd1",
     {"ic": 4, "oc": 8, "id": 10, "ih": 10, "iw": 10, "kd": 3, "kh": 3, "kw": 3, "padding": "half"},
     None),
    ("ic4id10ih7oc8kd3kh1",
     {"ic": 4, "oc": 8, "id": 10, "ih": 7, "iw": 7, "kd": 3, "kh": 1, "kw": 1}, None),
    ("ic4id1ih7iw8oc8kd1kh3kw2",
     {"ic": 4, "oc": 8, "id": 1, "ih": 7, "iw": 8, "kd": 1, "kh": 3, "kw": 2, "layout": "ncdhw"}, None),
    # names: quoted or not, with and without repeat counts
    ("ic64ih56oc64kh3nresnet_50:res2a", RESNET, "resnet_50:res2a"),
    ('ic64ih56oc64kh3_n"resnet_50:res2a*3"', RESNET, "resnet_50:res2a"),
    ("ic64ih56oc64kh3nres2a*3", RESNET, "res2a"),
    ('ic64ih56oc64kh3n"res 2a"*12', RESNET, "res 2a"),
    ('ic64ih56oc64kh3n"*2"', RESNET, None),
    ("ic64ih56oc64kh3*2", RESNET, None),
    ("ic64ih56oc64kh3n", RESNET, None),
    ('ic64ih56oc64kh3n"conv1*2x"', RESNET, "conv1*2x"),
    ("  ic64ih56oc64kh3\n", RESNET, None),
]


@pytest.mark.parametrize(("text", "fields", "name"), DESCRIPTORS)
def test_descriptor(text, fields, name):
    assert parse_descriptor(text) == NamedSpec(ConvSpec(**fields), name)


OK = "ic64ih56oc64kh3"

# descriptor -> what the message must contain
BAD_DESCRIPTORS = [
    ("", ["ic"]),
    ("ih56oc64kh3", ["ic must be given"]),
    ("ic64ih56kh3", ["oc must be given"]),
    ("ic64oc64", ["iw", "ih"]),
    ("ic64oc64kh3", ["ih must be given", "kh=3"]),
    ("ic64ih56oc64", ["kh must be given", "ih=56"]),
    ("ic64ih56iw30oc64kh3", ["kw must be given", "iw=30"]),
    ("ic64ih56oc64kh3kw5", ["iw must be given", "kw=5"]),
    ("ic64oc64id5kd3ow4", ["iw must be given", "ow=4"]),
    (OK + "sw2", ["iw must be given", "sw=2"]),
    (OK + "ph1pw0", ["iw must be given", "pw=0"]),
    (OK + "dd1", ["id must be given", "dd=1"]),
    (OK + "xx5", ["character 16", "xx5"]),
    (OK + "kc3", ["character 16", "kc3"]),
    (OK + "IW5", ["IW5"]),
    (OK + "ph", ["ph", "digits"]),
    (OK + "ph-1", ["ph", "digits", "ph-1"]),
    (OK + "ph1.5", [".5"]),
    (OK + "ph٣", ["ph", "digits"]),
    (OK + " ph1", ["' ph1'"]),
    (OK + ";rm -rf", [";rm -rf"]),
    (OK + "ic32", ["ic must be given once", "ic=64", "ic32"]),
    (OK + "kh3", ["kh must be given once"]),
    (OK + 'n"abc', ['n"abc']),
    (OK + 'n"a"b', ['n"a"b']),
    (OK + 'na"b', ['na"b']),
    (OK + "*x", ["*x"]),
    (OK + 'n"a\nb"', ["name must", r"a\nb"]),
    (OK + "n" + "x" * 10_000, ["name must", "xxx"]),
    ("ic64ih0oc64kh3", ["ih", "at least 1", "ih=0"]),
    ("mb0" + OK, ["mb", "mb=0"]),
    ("g0" + OK, ["g must", "g=0"]),
    ("g3" + OK, ["groups", "g=3", "ic=64"]),
    (OK + "sh0", ["sh", "sh=0"]),
    ("ic64ih56oc64kh0", ["kh", "kh=0"]),
    ("ic64ih56oc64kh57", ["kh", "kh=57", "56"]),
    ("ic2147483648ih56oc64kh3", ["ic", "2^31", "2147483648"]),
    (f"ic{10**30}ih56oc64kh3", ["ic", "2^31", "1000000000"]),
    ("ic" + "9" * 10_000 + "ih56oc64kh3", ["ic", "2^31", "999"]),
    ("ic64ih56oc64oh0kh3", ["oh", "oh=0"]),
    ("ic64ih56oc64oh20kh3ph1", ["oh", "oh=20", "ih=56", "56"]),
    ("ic64ih56oc64oh27kh1sh2", ["oh", "oh=27", "ih=56", "28"]),
    ("ic64ih56oc64oh55kh1", ["oh", "oh=55", "ih=56", "56"]),
    ("ic64ih56oc64oh57kh1ph0", ["oh", "oh=57", "ih=56", "1 pads"]),
    ("ic64ih56oc64oh58kh3ph1", ["oh", "oh=58", "ih=56", "3 pads"]),
    ("ic64ih56oc64oh99kh3ph1", ["oh", "oh=99", "ih=56", "44 pads"]),
    ("ic64ih56oc64oh99kh3", ["oh", "oh=99", "ih=56"]),
    ("_" * 10_000, ["ic must be given"]),
    ("x" * 10**6, ["character 1", "xxx"]),
    ("ic65536ih65536oc1kh1", ["input", "2^31"]),
]


@pytest.mark.parametrize(("text", "parts"), BAD_DESCRIPTORS, ids=lambda value: repr(value)[:40])
def test_bad_descriptors(text, parts):
    for read in (parse_descriptor, load_layers):
        with pytest.raises(InputError) as caught:
            read(text)
        says(caught, *parts)


def test_canonical_descriptors():
    for text in ("ic64ih56oc64oh56kh3ph1", 'g2mb3ic4ih9oc6oh4kh3sh2ph0n"a:b"', "ic4iw9oc6ow7kw3pw0",
                 "ic4id9oc6od5kd3pd0dd1", "ic4id9ih9iw8oc6od7oh7ow8kd3kh3kw1pd0ph0pw0",
                 "ic3ih224oc64kh7sh2ph3"):  # fmt: skip
        layer = parse_descriptor(text)
        assert to_descriptor(layer.spec, layer.name) == text


@pytest.mark.filterwarnings("error")
def test_descriptors_round_trip():
    """A spec with a descriptor comes back whole, and nothing is asked about it; one without has pads that no output
    reads, or that one side alone has."""
    rng = random.Random(3)
    none = 0
    for _ in range(500):
        fields = random_fields(rng)
        del fields["layout"]
        spec = ConvSpec(**fields)
        text = to_descriptor(spec, "net:layer/1")
        if text is None:
            none += 1
            read = [(a, (a.o - 1) * a.s + (a.k - 1) * a.d + 1) for a in spec.axes]
            assert any(axis.after != axis.before and (extent < axis.padded or axis.after < axis.before)
                       for axis, extent in read)
        else:
            assert parse_descriptor(text) == NamedSpec(spec, "net:layer/1")
    assert none < 300


def test_to_descriptor_rejects_a_name_it_cannot_hold():
    with pytest.raises(InputError) as caught:
        to_descriptor(ConvSpec(**RESNET), 'a"b')
    says(caught, "name must", 'a"b')


@pytest.mark.parametrize(("text", "told"), [
    ("ic64ih56oc64kh3ph1pb2", "those after it follow from od, oh, ow, and files have front, back, top, bottom, left"),
    ("ic64ih56oc64kh3bottom2", "files have front"), ("ic64ih56oc64kh3left1", "files have front")])
def test_a_field_that_descriptors_lack_is_answered_with_what_says_it(text, told):
    with pytest.raises(InputError, match="descriptor must be fields such as ic64") as caught:
        parse_descriptor(text)
    assert told in str(caught.value)


# --- what may be a slip ---


@pytest.mark.parametrize(("text", "asked"), [
    ("ic64ih56oc64oh55kh3ph1", "oh=55 leaves 0 pads at the end, where ph=1 on both sides gives oh=56: is that meant?"),
    ("ic64iw56oc64ow53kw7pw3", "ow=53 leaves 0 pads at the end, where pw=3 on both sides gives ow=56"),
    ("ic64ih56oc64oh56kh3ph1", None),
    ("ic64ih56oc64oh57kh3ph1", None),  # more outputs: nobody mistypes an extra pad
    ("ic64ih56oc64oh55kh3", None),  # no pads are told
    ("ic3ih224oc64oh112kh7sh2ph3", None),
    ("ic3ih224oc64oh112kh3sh2ph0", None),  # as frameworks pad that call it "same"
    ("ic3ih56oc4oh56kh2ph1", None),  # likewise
])
def test_outputs_that_leave_out_a_pad_are_asked_about(text, asked):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert parse_descriptor(text).spec.axes[2].o in (53, 55, 56, 57, 112)
    assert [str(one.message).startswith(asked or "?") for one in caught] == [True] * (asked is not None)


@pytest.mark.parametrize(("text", "hint"), [
    ("ic64ih56oc64oh54kh3ph1", "oh=54, ih=56 and ph=1 give at least 55; did you mean 56?"),
    ("ic64ih56oc64oh65kh3ph1", "did you mean 56?"),
])
def test_outputs_that_cannot_be_are_answered_with_those_that_can(text, hint):
    with pytest.raises(InputError) as caught:
        parse_descriptor(text)
    assert hint in str(caught.value)


# --- files ---

# fields of a file -> the descriptor that says the same
INFERRED = [
    ({"ic": 64, "oc": 64, "ih": 56, "kh": 3}, "ic64ih56oc64kh3"),
    ({"ic": 64, "oc": 64, "ih": 56, "kh": 3, "top": 1, "bottom": 1, "sh": 2, "dh": 2}, "ic64ih56oc64kh3ph1sh2dh1"),
    ({"ic": 64, "oc": 64, "ih": 56, "oh": 56, "kh": 3}, "ic64ih56oc64oh56kh3"),
    ({"ic": 64, "oc": 64, "ih": 56, "oh": 28, "kh": 3, "sh": 2}, "ic64ih56oc64oh28kh3sh2"),
    ({"ic": 3, "oc": 4, "id": 5, "kd": 3}, "ic3id5oc4kd3"),
    ({"ic": 3, "oc": 4, "id": 5, "kd": 3, "iw": 7, "kw": 2}, "ic3id5iw7oc4kd3kw2"),
    ({"ic": 3, "oc": 4, "id": 5, "kd": 3, "front": 1, "ih": 7, "kh": 2}, None),
    ({"ic": 3, "oc": 4, "iw": 7, "kw": 2}, "ic3iw7oc4kw2"),
    ({"ic": 3, "oc": 4, "ih": 7, "kh": 2, "iw": 9, "kw": 3}, "ic3ih7iw9oc4kh2kw3"),
]


@pytest.mark.parametrize(("fields", "descriptor"), INFERRED, ids=str)
def test_a_file_infers_what_a_descriptor_does(tmp_path, fields, descriptor):
    path = tmp_path / "l.toml"
    path.write_text("".join(f"{field} = {value}\n" for field, value in fields.items()))
    (layer,) = load_layers(str(path))
    if descriptor:
        assert layer.spec == parse_descriptor(descriptor).spec
    assert layer.spec.iw == fields.get("iw", fields.get("ih", fields.get("id")))


@pytest.mark.parametrize(("padding", "pads"), [("half", 1), ("valid", 0)])
def test_padding_holds_for_inferred_axes(tmp_path, padding, pads):
    (tmp_path / "l.toml").write_text(f'ic = 3\noc = 4\nih = 9\nkh = 3\npadding = "{padding}"\n')
    (layer,) = load_layers(str(tmp_path / "l.toml"))
    assert (layer.spec.iw, layer.spec.left, layer.spec.right, layer.spec.top) == (9, pads, pads, pads)


@pytest.mark.parametrize(("fields", "told"), [
    ({"ic": 3, "oc": 4, "ih": 7, "kh": 2, "sw": 2}, "iw must be given with sw (sw=2)"),
    ({"ic": 3, "oc": 4}, "iw must be given (or ih and kh)"),
    ({"ic": 3, "oc": 4, "ih": 7, "kh": 2, "iw": 9}, "kw must be given"),
    ({"ic": 3, "oc": 4, "ih": "7", "kh": 2}, "ih must be an integer"),
])
def test_what_cannot_be_inferred(tmp_path, fields, told):
    (tmp_path / "l.json").write_text(json.dumps(fields))
    with pytest.raises(InputError) as caught:
        load_layers(str(tmp_path / "l.json"))
    assert told in str(caught.value)


SPEC = ConvSpec(**RESNET)
ENTRY = 'ic = 64\noc = 64\nih = 56\niw = 56\nkh = 3\nkw = 3\n'  # fmt: skip

# file name, its text -> the layers in it
FILES = [
    ("a.toml", ENTRY, [NamedSpec(SPEC)]),
    ("a.toml", ENTRY + 'name = "x:1"', [NamedSpec(SPEC, "x:1")]),
    ("a.toml", f'[[layer]]\n{ENTRY}\n[[layer]]\n{ENTRY}name = "b"', [NamedSpec(SPEC), NamedSpec(SPEC, "b")]),
    ("a.toml", f"[layer]\n{ENTRY}", [NamedSpec(SPEC)]),
    ("a.TOML", f'layer = [{{descriptor = "{OK}"}}]', [NamedSpec(SPEC)]),
    ("a.toml", f"descriptor = '{OK}n\"q\"'\nlayout = 'nhwc'", [NamedSpec(SPEC.replace(layout="nhwc"), "q")]),
    ("a.toml", f"descriptor = '{OK}nq'\nname = 'r'\nn = 4", [NamedSpec(SPEC.replace(n=4), "r")]),
    ("a.toml", f"descriptor = '{OK}ph1'\npadding = 'valid'", [NamedSpec(SPEC)]),
    ("a.json", json.dumps(RESNET), [NamedSpec(SPEC)]),
    ("a.json", json.dumps([RESNET, RESNET | {"name": "x", "n": None}]), [NamedSpec(SPEC), NamedSpec(SPEC, "x")]),
    ("a.json", json.dumps({"layer": [RESNET]}), [NamedSpec(SPEC)]),
    ("a.json", msgspec.json.encode(SPEC).decode(), [NamedSpec(SPEC)]),
    ("a.json", "\ufeff" + json.dumps(RESNET), [NamedSpec(SPEC)]),
    ("a.txt", f"# all\n\n {OK}na # one\r\n#{OK}\n{OK}  {OK}n\"c#1\"*2#\n"[:-2], [
        NamedSpec(SPEC, "a"), NamedSpec(SPEC), NamedSpec(SPEC, "c#1")]),
    ("layers", OK, [NamedSpec(SPEC)]),
    ("layers", "# toml\n" + ENTRY, [NamedSpec(SPEC)]),  # no suffix says so: seen by its beginning
    ("layers", f"[[layer]]\n{ENTRY}", [NamedSpec(SPEC)]),
    ("layers", f"\n[\n{json.dumps(RESNET)}]", [NamedSpec(SPEC)]),
    ("layers", json.dumps(RESNET), [NamedSpec(SPEC)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "layers"), FILES)
def test_files(tmp_path, monkeypatch, name, text, layers):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert load_layers(str(path)) == layers
    if name == "layers":
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert load_layers("-") == layers


# file name, its bytes -> what the message must contain
BAD_FILES = [
    ("a.txt", b"", ["at least one layer", "a.txt"]),
    ("a.txt", b"# nothing\n\n", ["at least one layer", "a.txt"]),
    ("a.toml", b"", ["a.toml", "ic must be given"]),
    ("a.json", b"", ["a.json", "valid"]),
    ("a.json", b"[]", ["at least one layer", "a.json"]),
    ("a.toml", b"layer = []", ["at least one layer", "a.toml"]),
    ("a.txt", b"\xff\xfe" + OK.encode(), ["UTF-8", "byte 0", "a.txt"]),
    ("a.toml", b'name = "\xe9"', ["UTF-8", "byte 8"]),
    ("a.txt", f"{OK}\n\n{OK}q7\n".encode(), ["a.txt:3:", "q7"]),
    ("a.txt", f"{OK}\n--stag=any {OK}".encode(), ["a.txt:2:", "--stag=any"]),
    ("a.txt", f"--dir=BWD {OK}".encode(), ["a.txt:1:", "dir must be one of FWD_B, FWD_D, FWD_I, BWD_D, BWD_W, BWD_WB"]),
    ("a.txt", b"ic64ih56oc64oh20kh3", ["a.txt:1:", "oh=20"]),
    ("a.txt", b"\0" * 100, ["a.txt:1:"]),
    ("a.txt", b" " * (4 * 2**20 + 1), ["a.txt", "4 MiB"]),
    ("a.toml", b"layer = 3", ["a.toml: layer 1", "table", "3"]),
    ("a.toml", b"ic = 3", ["a.toml: layer 1", "oc must be given"]),
    ("a.toml", f"{ENTRY}groups = 2".encode(), ["a.toml: layer 1", "unknown", "'groups'", "2"]),
    *(("a.toml", f"{ENTRY}{name} = 2".encode(), [f"'{name}'", f"did you mean {field}?", "fields: n g ic",
                                                 "see convgen schema"])
      for name, field in (("groups", "g"), ("group", "g"), ("stride", "sh and sw"), ("dilation", "dh and dw"),
                          ("pad", "padding, or top, bottom, left and right"), ("kernel_size", "kh and kw"))),
    ("a.toml", f"layer = [{{descriptor = '{OK}'}}]\nlayout = 'nhwc'".encode(),
     ["'layout' must not stand beside layer: it belongs into each layer, or is --layout for all"]),
    ("a.toml", f"{ENTRY}activaton = 'relu'".encode(), ["'activaton'", "did you mean activation?"]),
    ("a.toml", f'[[layer]]\n{ENTRY}[[layer]]\nname = "q"\n{ENTRY}khh=1'.encode(),
     ["a.toml: layer 2 ('q')", "'khh'"]),
    ("a.toml", f"{ENTRY}\n'' = 1".encode(), ["unknown", "''"]),
    ("a.toml", f"{ENTRY}\n\"{'k' * 10_000}\" = 1".encode(), ["unknown", "kkk"]),
    ("a.toml", f"{ENTRY}\nname = 'a\"b'".encode(), ["name must", 'a"b']),
    ("a.toml", f"{ENTRY}\nname = ''".encode(), ["name must", "''"]),
    ("a.toml", f"{ENTRY}\nname = 3".encode(), ["name must", "3"]),
    ("a.toml", f"{ENTRY}\nname = '{'n' * 10_000}'".encode(), ["name must", "nnn"]),
    ("a.toml", ENTRY.replace("64", "true").encode(), ["ic", "integer", "True"]),
    ("a.toml", ENTRY.replace("64", "64.0").encode(), ["ic", "integer", "64.0"]),
    ("a.toml", ENTRY.replace("64", "1979-05-27").encode(), ["ic", "integer", "1979"]),
    ("a.toml", ENTRY.replace("64", str(10**30)).encode(), ["ic", "2^31", str(10**30)]),
    ("a.toml", ENTRY.replace("64", "9" * 5000).encode(), ["a.toml", "valid", "digits"]),
    ("a.toml", ENTRY.replace("64", "0x" + "f" * 10**5).encode(), ["ic", "2^31"]),
    ("a.toml", ENTRY.replace("64", "[0x" + "f" * 10**5 + "]").encode(), ["ic", "integer"]),
    ("a.toml", f"{ENTRY}ic = 1\n".encode(), ["a.toml", "valid", "line 7"]),
    ("a.toml", b"ic = ", ["a.toml", "valid"]),
    ("a.toml", b"x = " + b"[" * 10**5, ["a.toml", "nest"]),
    ("a.toml", b"descriptor = 5", ["descriptor", "5"]),
    ("a.toml", b"descriptor = 'ic3'", ["layer 1", "oc must be given"]),
    ("a.toml", f"descriptor = '{OK}'\nlayout = 'ncw'".encode(), ["layer 1", "ih", "ncw"]),
    ("a.toml", f"layer = [{{descriptor = '{OK}'}}]\nn = 3".encode(), ["'n'", "layer"]),
    ("a.json", b"{", ["a.json", "valid"]),
    ("a.json", b"null", ["a.json: layer 1", "table", "None"]),
    ("a.json", b'["' + OK.encode() + b'"]', ["a.json: layer 1", "table", OK]),
    ("a.json", b"[" * 10**6, ["a.json", "nest"]),
    ("a.json", b'{"ic":' * 10**5, ["a.json", "nest"]),
    ("a.json", json.dumps(RESNET | {"ic": None}).encode(), ["ic must be given"]),
    ("a.json", json.dumps(RESNET | {"ic": 10**30}).encode(), ["ic", "2^31", str(10**30)]),
    ("a.json", json.dumps({"ic": 56}).replace("56", "1" + "0" * 5000).encode(), ["a.json", "range"]),
    ("a.json", json.dumps(RESNET).replace("56", "1e400").encode(), ["a.json", "valid", "range"]),
    ("a.json", json.dumps(RESNET | {"padding": "half", "top": 0}).encode(), ["padding", "top=0"]),
    ("a.json", json.dumps(RESNET | {"bias": "yes"}).encode(), ["bias", "'yes'"]),
]


@pytest.mark.parametrize(("name", "data", "parts"), BAD_FILES, ids=lambda value: repr(value)[:40])
def test_bad_files(tmp_path, monkeypatch, name, data, parts):
    (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load_layers(name)
    says(caught, *parts)


@pytest.mark.parametrize(("source", "parts"), [
    ("missing.toml", ["must exist", "missing.toml"]),
    ("missing.json", ["must exist", "missing.json"]),
    ("nets/missing", ["must exist", "nets/missing"]),
    ("x" * 10_000 + ".toml", ["must exist", "xxx"]),
    ("a\0b.toml", ["must exist", r"a\x00b"]),
    ("resnet", ["neither a file, a folder nor a descriptor", "'resnet'"]),
    ("", ["neither a file, a folder nor a descriptor", "''"]),
    ("\udcff", ["neither a file, a folder nor a descriptor"]),
    (".", ["readable", "directory"]),
])  # fmt: skip
def test_bad_sources(tmp_path, monkeypatch, source, parts):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load_layers(source)
    says(caught, *parts)


def test_unreadable_file(tmp_path, monkeypatch):
    def refuse(*_args):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "a.toml"
    path.write_text(ENTRY)
    monkeypatch.setattr(os, "open", refuse)  # a mode would not stop root
    with pytest.raises(InputError) as caught:
        load_layers(str(path))
    says(caught, "readable", "Permission denied")


def test_descriptor_goes_before_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / OK).mkdir()
    assert load_layers(OK) == [NamedSpec(SPEC)]
    assert load_layers(OK + 'n"net:conv3/x1.txt"')[0].name == "net:conv3/x1.txt"


def test_suite():
    suite = {layer.name: layer.spec for layer in load_layers(str(HERE / "suite.toml"))}
    assert len(suite) == 20
    assert suite["resnet50.2b3x3"].macs == 115_605_504
    assert suite["vgg16.conv1_2"].macs == 1_849_688_064
    assert suite["mobilenet.dw2"].output_shape == (1, 64, 56, 56)
    assert suite["mobilenet.dw2"].terms == 9
    assert suite["deeplab.dil2"].top == 2
    assert sum(spec.macs for spec in suite.values()) == 5_100_723_968
    assert len({to_identifier(name) for name in suite}) == 20


def test_resnet50():
    """With its repeats, the file has the multiply-adds and the weights of the published network."""
    path = HERE / "resnet50.toml"
    layers = load_layers(str(path))
    times = [int(n) for n in re.findall(r"}, +# (\d+)$", path.read_text("utf-8"), re.MULTILINE)]
    assert len(layers) == len(times) == len({layer.spec for layer in layers}) == 23
    assert sum(times) == 53
    total = sum(n * layer.spec.macs for n, layer in zip(times, layers, strict=True))
    assert total == 4_089_184_256 - 2048 * 1000  # the classifier is the rest
    weights = sum(n * math.prod(x.spec.weights_shape) for n, x in zip(times, layers, strict=True))
    assert weights == 25_557_032 - 2048 * 1000 - 1000 - 53_120  # the classifier, batch norms
    assert all(layer.spec.bias for layer in layers)


# --- schema ---

def valid(value, rule, root):
    """Whether `value` obeys a JSON Schema of the few keywords that ours has."""
    known = {"$ref", "$schema", "$defs", "title", "description", "default", "type", "enum", "minimum",
             "maximum", "minLength", "maxLength", "pattern", "anyOf", "required", "properties",
             "additionalProperties", "items", "minItems", "maxItems"}  # fmt: skip
    assert rule.keys() <= known
    if "$ref" in rule:
        return valid(value, root["$defs"][rule["$ref"].rpartition("/")[2]], root)
    types = {int: "integer", str: "string", bool: "boolean", list: "array", dict: "object"}
    kind = "null" if value is None else types.get(type(value), "number")
    longest = rule.get("maxLength", 10**9)
    properties = rule.get("properties", {})
    return all((
        "type" not in rule or kind in rule["type"],
        "enum" not in rule or value in rule["enum"],
        not isinstance(value, int) or rule.get("minimum", value) <= value <= rule.get("maximum", value),
        not isinstance(value, str) or rule.get("minLength", 0) <= len(value) <= longest,
        not isinstance(value, str) or re.search(rule.get("pattern", ""), value) is not None,
        "anyOf" not in rule or any(valid(value, each, root) for each in rule["anyOf"]),
        not isinstance(value, list) or rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value)),
        not isinstance(value, list) or all(valid(each, rule.get("items", {}), root) for each in value),
        not isinstance(value, dict) or (
            value.keys() >= set(rule.get("required", []))
            and (rule.get("additionalProperties", True) or value.keys() <= properties.keys())
            and all(valid(each, properties.get(key, {}), root) for key, each in value.items())
        ),
    ))  # fmt: skip


FULL = msgspec.to_builtins(SPEC) | {"name": "x", "padding": None}

SAMPLES = [
    RESNET, FULL, [RESNET, FULL], {"layer": [RESNET]}, {"descriptor": OK}, {"descriptor": OK, "n": 2},
    [], {"layer": []}, {"layer": [RESNET], "n": 1}, {}, 3, None, "x", [3], {"descriptor": 5},
    *({**RESNET, field: value} for field, values in {
        "name": ("x", "", None, 3, "x" * 200, "x" * 201),
        "padding": ("half", "same", "full", "sme", "", None, 0, -1, 1.5, [1, 2], [[0, 1], [2, 0]], [[0, 1, 2], 1],
                    [-1, 0]),
        "layout": ("nhwc", "nc", None, 1),
        "weights_layout": ("ohwi", "", None),
        "dtype": ("f32", "f16", "f64"),
        "bias": (False, 0, "true"),
        "flip": (True, None, 1),
        "top": (0, 2, -1, 1.5),
        "n": (2, 0, None, 2**31, True),
        "oh": (54, 0, "54"),
        "ic": (64, "64", -64),
        "activation": ("relu", "relu(1)", "clip", "clip(-1,6.5)", "clip(1)", "leaky-relu(1e-2)",
                       "leaky-relu()", "swish", "", None),
        "groups": (1,),
        "op": ("forward", "transposed", "backward", None, 1),
    }.items() for value in values),
    *({**RESNET, "sh": 2, "op": op, **pads} for op in ("forward", "transposed") for pads in (
        {"bottom": -1}, {"top": -1}, {"padding": [[1, -1], [0, 0]]}, {"padding": -1})),
    {"descriptor": OK, "op": "transposed"},
    *({k: v for k, v in RESNET.items() if k != field} for field in ("ic", "oc", "iw", "kw")),
    {k: v for k, v in RESNET.items() if k not in ("iw", "kw")},
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda v: repr(v)[-40:])
def test_schema_agrees_with_the_loader(tmp_path, sample):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(sample))
    try:
        load_layers(str(path))
        accepted = True
    except InputError:
        accepted = False
    rules = schema()
    assert valid(sample, rules, rules) == accepted


def test_schema_is_json_and_knows_every_field():
    rules = json.loads(json.dumps(schema()))
    known = {op for kind in ("forward", "transposed") for op in rules["$defs"][kind]["properties"]["op"]["enum"]}
    assert known - {None} == set(OPS)
    for op in ("forward", "transposed"):
        assert set(rules["$defs"][op]["properties"]) == \
            {*ConvSpec.__struct_fields__, "name", "descriptor", "then"} - {"layers"}
    assert set(DESCRIPTIONS) == set(ConvSpec.__struct_fields__) - {"layers"}


def test_schema_describes_every_field():
    """In words of its own: editors show them."""
    said = {field: known["description"] for field, known in schema()["$defs"]["forward"]["properties"].items()}
    assert len(set(said.values())) == len(said)
    assert said["bottom"] == "zeros behind the input along the height"
    assert said["sw"] == "stride along the width"


# --- names that others have ---

TAKEN = {  # what a user might well call a layer, and what has the name already
    "read": "a function or variable of POSIX", "exp": "a function of C's mathematics", "y0f": "C's mathematics",
    "gamma": "C's mathematics", "malloc": "a function of C's library", "index": "a function of Unix's C libraries",
    "NULL": "a macro of C's library", "errno": "a macro", "stdin": "a macro", "INFINITY": "a macro",
    "INT8_MAX": "a macro", "size_t": "a type of C's library", "uint_fast8_t": "a type", "register": "a keyword",
    "class": "a keyword", "omp_get_max_threads": "threads", "linux": "a macro of compilers",
    "near": "a macro of windows.h", "interface": "a macro of windows.h", "small": "a macro of windows.h",
    "Aux": "a device of Windows", "math": "a header of C", "String": "a header of C",
    "main": "where every program starts", "std": "a namespace of C++", "std2": "a namespace", "and_eq": "a keyword",
    "errno_t": "a type of C's library", "rsize_t": "a type", "sem_t": "a type of POSIX", "ushort": "a type of POSIX",
    "float16_t": "a type of vectors", "svfloat32x2_t": "a type of vectors", "v128_t": "a type of vectors",
    "vaddq_f32": "a function of vectors", "wasm_f32x4_add": "a function of vectors", "sinf32": "C's mathematics",
    "f32addf64": "C's mathematics", "open64": "POSIX", "ctime_r": "C's library", "memcpy_s": "C's library",
    "stc1": "a macro of windows.h", "RGB": "a macro of windows.h", "byte": "a type of windows.h",
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_that_something_else_has_is_refused_with_the_reason(name):
    with pytest.raises(InputError) as caught:
        check_name(name)
    says(caught, "name must not be", TAKEN[name], repr(name))
    assert to_identifier(name) == f"layer_{name}"


@pytest.mark.parametrize("name", ["stem", "sem_seg", "head", "streams", "toe", "conv1", "E1", "values", "layer_exp",
                                  "vgg_f32", "standard", "float_t1", "stc", "stem_t"])
def test_a_name_that_only_looks_taken_is_not_refused(name):
    assert check_name(name) == name


@pytest.mark.parametrize("name", ["_foo", "_", "__x", "_X"])
def test_a_name_that_begins_as_those_of_compilers_is_refused(name):
    """At file scope all are theirs, and the guard of its header would be too."""
    with pytest.raises(InputError, match="name must not"):
        check_name(name)
    assert not to_identifier(name).startswith("_")


@tools.needs(tools.any_c)
def test_all_that_headers_of_c_declare_is_taken(tmp_path):
    """As a preprocessor sees it here: all functions of C's headers, however a compiler's version calls them."""
    headers = ("assert", "complex", "ctype", "fenv", "inttypes", "locale", "math", "setjmp", "signal", "stdio",
               "stdlib", "string", "time", "wchar", "wctype")
    (tmp_path / "all.c").write_text("".join(f"#include <{header}.h>\n" for header in headers))
    text = subprocess.run([tools.CC[0], "-std=c99", "-E", "-P", "all.c"], cwd=tmp_path, capture_output=True, text=True,
                          check=True).stdout
    found = set(re.findall(r"\bextern\b[^;{}()]*?\b([a-z]\w*)\s*\(", text))
    assert len(found) > 300
    found |= {name for name in re.findall(r"\btypedef\b[^;{}]*?\b(\w+)\s*;", text) if not name.startswith("_")}
    assert {name for name in found if not taken(name)} == set()


# --- a layer's own name ---

VARIED = {  # field -> another value; every one makes another layer
    "n": 2, "ic": 8, "oc": 8, "ih": 9, "iw": 9, "kh": 2, "kw": 2, "sh": 2, "sw": 2, "dh": 2, "dw": 2, "g": 2,
    "top": 0, "bottom": 0, "left": 0, "right": 0, "layout": "nhwc", "weights_layout": "hwio", "dtype": "f16",
    "bias": False, "residual": True, "flip": True, "activation": "relu", "in_stride": 16, "out_stride": 16,
    "op": "transposed", "range": (1e30, 0.5),
}  # fmt: skip
QUANTISED = {"input_zero": 3, "weights_zero": -2, "output_zero": -3, "output_scale": 0.5, "rounding": "tflite",
             "largest_sum": 9, "residual_zero": 5, "residual_scale": 0.25, "sum_zero": 5, "sum_scale": 0.25}
ACTIVE = ["relu6", "clip(0,5)", "clip(-1,5)", "clip(1,5)", "clip(-1e-05,5)", "clip(0.5,1)", "clip(0,0.5)",
          "clip(0,1e+20)", "silu", "hard-swish", "hard-sigmoid", "prelu", "leaky-relu(0.1)", "leaky-relu(0.2)"]


def test_layers_that_differ_have_names_that_differ():
    plain = ConvSpec(ic=4, oc=4, ih=10, iw=10, kh=3, kw=3, top=1, bottom=1, left=1, right=1)
    ones = [{field: value} for field, value in VARIED.items()]
    pairs = [{**a, **b} for a, b in itertools.combinations(ones, 2)]
    specs = {plain.replace(**changes) for changes in [*ones, *pairs, *({"activation": act} for act in ACTIVE)]}
    specs |= {ConvSpec(ic=4, oc=4, iw=10, kw=3), ConvSpec(ic=4, oc=4, id=10, ih=10, iw=10, kd=3, kh=3, kw=3),
              ConvSpec(ic=4, oc=4, id=1, ih=10, iw=10, kd=1, kh=3, kw=3, layout="ncdhw")}
    assert set(VARIED) >= set(ConvSpec.__struct_fields__) - {
        "id", "kd", "sd", "dd", "front", "back", "od", "oh", "ow", "padding", "causal", "stream", "layers", *QUANTISED}
    causal = {"ic": 4, "oc": 4, "kw": 3, "causal": True}
    specs |= {ConvSpec(**causal, iw=10), ConvSpec(**causal, stream=10), ConvSpec(**causal, stream=11)}
    specs |= {Chain([plain, plain]), Chain([plain] * 3), Chain([plain.replace(activation="relu"), plain]),
              Chain([plain, plain.replace(activation="relu")])}
    names = {spec_name(spec) for spec in specs}
    assert len(names) == len(specs) > 250
    assert {check_name(name) for name in names} == names


def test_quantised_layers_that_differ_have_names_that_differ():
    plain = ConvSpec(ic=4, oc=4, ih=10, kh=3, dtype="u8:s8:s8", activation="relu6", output_scale=0.25)
    specs = [plain] + [plain.replace(**{field: value}) for field, value in QUANTISED.items()
                       if field.partition("_")[0] not in ("residual", "sum")]
    added = plain.replace(residual=True, residual_scale=1.0)
    specs += [added, added.replace(residual_zero=5), added.replace(residual_scale=0.25)]
    looked_up = plain.replace(activation="silu", sum_scale=1.0)
    specs += [looked_up, *(looked_up.replace(**change) for change in (
        {"sum_zero": 5}, {"sum_scale": 0.25}, {"output_scale": 0.5}))]
    assert len({spec_name(spec) for spec in specs}) == len(specs)
