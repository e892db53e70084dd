//! What sqlx asks of whoever runs statements, for those of ours: statements are run at once, and
//! kept prepared by whoever runs them.

use futures_util::stream::{self, BoxStream, StreamExt};
use sqlx::Either;
use sqlx::any::{AnyQueryResult, AnyRow};

/// The rows of a statement, and how many it has changed.
pub(super) type Done = Result<(Vec<AnyRow>, u64), sqlx::Error>;

/// The same as sqlx wants it.
pub(super) type Steps<'e> = BoxStream<'e, Result<Either<AnyQueryResult, AnyRow>, sqlx::Error>>;

/// What a statement has answered with, as sqlx wants it.
pub(super) fn steps<'e>(done: Done) -> Steps<'e> {
    let steps = match done {
        Ok((rows, rows_affected)) => {
            let result = AnyQueryResult { rows_affected, last_insert_id: None };
            let rows = rows.into_iter().map(|row| Ok(Either::Right(row)));
            rows.chain([Ok(Either::Left(result))]).collect()
        }
        Err(error) => vec![Err(error)],
    };
    stream::iter(steps).boxed()
}

/// Makes an executor of a type by how it runs a statement: for all rows, and for the first.
macro_rules! executor {
    (
        $executor:ty,
        |$many:ident, $of_many:ident| $run:expr,
        |$one:ident, $of_one:ident| $first:expr $(,)?
    ) => {
        impl<'c> sqlx::Executor<'c> for $executor {
            type Database = sqlx::Any;

            fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> $crate::storage::executor::Steps<'e>
            where
                'c: 'e,
                E: 'q + sqlx::Execute<'q, sqlx::Any>,
            {
                let ($many, $of_many) = (self, query);
                $run
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> futures_util::future::BoxFuture<'e, Result<Option<AnyRow>, sqlx::Error>>
            where
                'c: 'e,
                E: 'q + sqlx::Execute<'q, sqlx::Any>,
            {
                let ($one, $of_one) = (self, query);
                $first
            }

            fn prepare_with<'e, 'q: 'e>(
                self,
                _: &'q str,
                _: &'e [sqlx::any::AnyTypeInfo],
            ) -> futures_util::future::BoxFuture<
                'e,
                Result<sqlx::any::AnyStatement<'q>, sqlx::Error>,
            >
            where
                'c: 'e,
            {
                Box::pin(std::future::ready(Err($crate::storage::executor::unsupported())))
            }

            fn describe<'e, 'q: 'e>(
                self,
                _: &'q str,
            ) -> futures_util::future::BoxFuture<
                'e,
                Result<sqlx_core::describe::Describe<sqlx::Any>, sqlx::Error>,
            >
            where
                'c: 'e,
            {
                Box::pin(std::future::ready(Err($crate::storage::executor::unsupported())))
            }
        }
    };
}
pub(super) use executor;

/// Nobody asks for that.
pub(super) fn unsupported() -> sqlx::Error {
    sqlx::Error::Protocol("statements are run at once".into())
}
