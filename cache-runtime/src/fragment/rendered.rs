//! What a block of `fragment!` comes to: text of some kind, or a `Result` of it, decided by its type.
//!
//! The stages are those of [`dispatch`](crate::call::dispatch): a method of several types, a narrow one
//! dereferencing to a wider one, of which the compiler takes the first that fits.

use std::fmt::Display;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::piece::Piece;
use super::text::Fragment;

/// A block that is to be sorted by what it returns.
pub struct Rendered<R>(RenderedText<R>);

/// A block that returns text.
pub struct RenderedText<R>(PhantomData<fn() -> R>);

/// Sorts a block.
pub const fn rendered<R>(_: &impl FnOnce() -> R) -> Rendered<R> {
    Rendered(RenderedText(PhantomData))
}

/// Sorts a block that waits.
pub const fn rendered_async<R>(_: &impl AsyncFnOnce() -> R) -> Rendered<R> {
    Rendered(RenderedText(PhantomData))
}

impl<R> Deref for Rendered<R> {
    type Target = RenderedText<R>;

    fn deref(&self) -> &RenderedText<R> {
        &self.0
    }
}

impl<T, E> Rendered<Result<T, E>> {
    /// Renders; an error is returned, and nothing stored.
    pub fn render(
        &self,
        piece: Piece<'_>,
        body: impl FnOnce() -> Result<T, E>,
        text: impl FnOnce(T) -> Fragment,
    ) -> Result<Fragment, E> {
        piece.try_render(|| body().map(text))
    }

    /// [`render`](Self::render) by a block that waits.
    pub fn render_async(
        &self,
        piece: Piece<'_>,
        body: impl AsyncFnOnce() -> Result<T, E>,
        text: impl FnOnce(T) -> Fragment,
    ) -> impl Future<Output = Result<Fragment, E>> {
        piece.try_render_async(async || body().await.map(text))
    }
}

impl<R> RenderedText<R> {
    /// Renders.
    pub fn render(
        &self,
        piece: Piece<'_>,
        body: impl FnOnce() -> R,
        text: impl FnOnce(R) -> Fragment,
    ) -> Fragment {
        piece.render(|| text(body()))
    }

    /// [`render`](Self::render) by a block that waits.
    pub fn render_async(
        &self,
        piece: Piece<'_>,
        body: impl AsyncFnOnce() -> R,
        text: impl FnOnce(R) -> Fragment,
    ) -> impl Future<Output = Fragment> {
        piece.render_async(async || text(body().await))
    }
}

/// A value that is to be text, and may be shared as it is.
pub struct Text<T>(OwnedText<T>);

/// A value that becomes a `String`.
pub struct OwnedText<T>(ShownText<T>);

/// A value that is printed.
pub struct ShownText<T>(Option<T>);

/// Begins to make text of a value.
pub const fn text<T>(value: T) -> Text<T> {
    Text(OwnedText(ShownText(Some(value))))
}

impl<T> Deref for Text<T> {
    type Target = OwnedText<T>;

    fn deref(&self) -> &OwnedText<T> {
        &self.0
    }
}

impl<T> DerefMut for Text<T> {
    fn deref_mut(&mut self) -> &mut OwnedText<T> {
        &mut self.0
    }
}

impl<T> Deref for OwnedText<T> {
    type Target = ShownText<T>;

    fn deref(&self) -> &ShownText<T> {
        &self.0
    }
}

impl<T> DerefMut for OwnedText<T> {
    fn deref_mut(&mut self) -> &mut ShownText<T> {
        &mut self.0
    }
}

impl<T: Into<Arc<str>>> Text<T> {
    /// Shared as it is, or made so.
    pub fn fragment(&mut self) -> Fragment {
        Fragment::from(self.0.0.take().into())
    }
}

impl<T: Into<String>> OwnedText<T> {
    /// By its `Into<String>`, as the markup of maud has it.
    pub fn fragment(&mut self) -> Fragment {
        Fragment::from(self.0.take().into())
    }
}

impl<T> ShownText<T> {
    /// By its `Display`.
    ///
    /// # Panics
    ///
    /// If that fails, as `to_string` does.
    pub fn fragment(&mut self) -> Fragment
    where
        T: Printable,
    {
        Fragment::from(self.take().printed())
    }

    fn take(&mut self) -> T {
        self.0.take().expect("text is made of a value once")
    }
}

/// A value that is text, or prints itself as text.
#[diagnostic::on_unimplemented(
    message = "a fragment is text, and `{Self}` is none",
    label = "neither `Display` nor `Into<String>`",
    note = "the last expression of the block is the text: a `String`, what a template renders, `format!(..)`",
    note = "a block without `?` may also return a `Result` of text"
)]
pub trait Printable {
    /// The text.
    fn printed(self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display> Printable for T {
    fn printed(self) -> String {
        self.to_string()
    }
}
