"""Does SQLAlchemy keep objects in a database, and are its parts in C there?"""

from __future__ import annotations

from typing import Any

from tests.harness.programs import Evaluate


def test_objects_are_kept_and_found(evaluate: Evaluate) -> None:
    def program() -> Any:
        import sqlalchemy as sa
        from sqlalchemy import orm

        base = orm.declarative_base()

        class Author(base):  # type: ignore[misc,valid-type]
            __tablename__ = "authors"
            id = sa.Column(sa.Integer, primary_key=True)
            name = sa.Column(sa.String(40), unique=True, nullable=False)
            books = orm.relationship("Book", back_populates="author", order_by="Book.title")

        class Book(base):  # type: ignore[misc,valid-type]
            __tablename__ = "books"
            id = sa.Column(sa.Integer, primary_key=True)
            title = sa.Column(sa.String)
            author_id = sa.Column(sa.ForeignKey("authors.id"))
            author = orm.relationship(Author, back_populates="books")

        engine = sa.create_engine("sqlite:////tmp/books.db")
        base.metadata.drop_all(engine)
        base.metadata.create_all(engine)
        with orm.Session(engine) as session:
            session.add(Author(name="Ærø", books=[Book(title="Sea"), Book(title="Island")]))
            session.add(Author(name="Bo"))
            session.commit()
        with orm.Session(engine) as session:
            count = sa.select(Author.name, sa.func.count(Book.id)).outerjoin(Book)
            counts = [tuple(row) for row in session.execute(count.group_by(Author.name))]
            found = session.scalars(sa.select(Author).where(Author.name == "Ærø")).one()
            titles = [book.title for book in found.books]
            session.add(Author(name="Bo"))
            try:
                session.commit()
            except sa.exc.IntegrityError as error:
                session.rollback()
                return [sorted(counts), titles, str(error.orig)]

    assert evaluate(program) == [
        [["Bo", 0], ["Ærø", 2]],
        ["Island", "Sea"],
        "UNIQUE constraint failed: authors.name",
    ]


def test_the_parts_in_c_are_loaded(evaluate: Evaluate) -> None:
    def program() -> Any:
        from sqlalchemy.util import has_compiled_ext

        return has_compiled_ext()

    assert evaluate(program) is True
