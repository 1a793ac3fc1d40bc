"""Does protobuf write and read messages with its parts in C, and check their types?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def person() -> Any:
    """A message type, as protoc would generate it."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="person.proto", package="test", syntax="proto3")
    message = file.message_type.add(name="Person")
    message.field.add(name="name", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    message.field.add(name="id", number=2, type=field.TYPE_INT64, label=field.LABEL_OPTIONAL)
    message.field.add(name="mails", number=3, type=field.TYPE_STRING, label=field.LABEL_REPEATED)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("test.Person"))


def test_a_message_is_written_and_read_again(evaluate: Evaluate) -> None:
    def program() -> Any:
        from google.protobuf import json_format
        from google.protobuf.internal import api_implementation

        made = person()(name="Ærø", id=2**40, mails=["a@example.org"])
        made.mails.append("b@example.org")
        again = person().FromString(made.SerializeToString())
        return [
            api_implementation.Type(),
            made.SerializeToString(deterministic=True).hex(),
            again.id,
            list(again.mails),
            json_format.MessageToDict(again),
        ]

    assert evaluate(program) == [
        "upb",
        "0a05c38672c3b810808080808020"
        + "1a0d61406578616d706c652e6f7267"
        + "1a0d62406578616d706c652e6f7267",
        2**40,
        ["a@example.org", "b@example.org"],
        {"name": "Ærø", "id": str(2**40), "mails": ["a@example.org", "b@example.org"]},
    ]


def test_wrong_types_and_damage_are_exceptions(evaluate: Evaluate) -> None:
    def program() -> Any:
        from google.protobuf import message, timestamp_pb2

        found = []
        try:
            person()(name=3)
        except TypeError:
            found.append("type")
        try:
            person()(id=2**63)
        except ValueError:
            found.append("value")
        try:
            person().FromString(b"\x0a\x05ab")
        except message.DecodeError:
            found.append("decode")
        stamp = timestamp_pb2.Timestamp()
        stamp.FromJsonString("2026-11-30T12:00:00Z")
        return [found, stamp.seconds]

    assert evaluate(program) == [["type", "value", "decode"], 1796040000]
