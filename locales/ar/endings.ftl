# كيف انتهى الطلب: كلمة واحدة، وما حدث، وما يفعله الموظف بعد ذلك.

ending-allowed = مسموح
ending-allowed-text = سمح العميل بذلك.
ending-allowed-next = تابع ما طلبته.
ending-stopped = مرفوض
ending-stopped-text = رفض العميل.
ending-stopped-next = لا تتابع.
ending-reported = مُبلَّغ عنه
ending-reported-text = يقول العميل إنه لا يتحدث معنا.
ending-reported-unproved-text = يقول شخص لديه الرابط ولم يسجّل الدخول إنه لا يتحدث معنا.
    .without-links = يقول شخص لديه الرمز ولم يسجّل الدخول إنه لا يتحدث معنا.
ending-reported-next = توقّف وتأكد مع من تتحدث.
ending-reference = رقم مرجعي خاطئ
ending-reference-text = اختير في صفحة العميل رقم مرجعي غير رقمك.
ending-reference-next = تأكد مع من تتحدث، ثم اطلب من جديد واقرأ الرقم الجديد ببطء.
ending-account = حساب آخر
ending-account-text = سجّل الدخول شخص ليس هذا الطلب له.
ending-account-next = تحقق من رقم العميل أو عنوانه، ثم اطلب من جديد.
ending-unanswered = بلا جواب
ending-unanswered-text = سجّل العميل الدخول ولم يجب في الوقت المحدد.
ending-unanswered-next = اسأله هل ما زال يريد ذلك، وأرسله مجددًا.
ending-sign-in = فشل تسجيل الدخول
ending-sign-in-text = { $times ->
    [one] حاول العميل تسجيل الدخول مرة واحدة دون نجاح.
    [two] حاول العميل تسجيل الدخول مرتين دون نجاح.
    [few] حاول العميل تسجيل الدخول { $times } مرات دون نجاح.
   *[other] حاول العميل تسجيل الدخول { $times } مرة دون نجاح.
}
ending-sign-in-next = أرسله مجددًا، واذكر طريقة أخرى لتسجيل الدخول.
ending-opened = لم يسجّل الدخول
ending-opened-text = استُخدم الرابط ولم يسجّل أحد الدخول.
    .without-links = استُخدم الرمز ولم يسجّل أحد الدخول.
ending-opened-next = اسأل عمّا يظهر في الصفحة، وأرسله مجددًا.
ending-unopened = لم يُفتح
ending-unopened-text = بحسب ما نرى لم يستخدم أحد الرابط.
    .without-links = بحسب ما نرى لم يستخدم أحد الرمز.
ending-unopened-next = اسأل هل وصل، وتحقق من الرقم أو العنوان، وأرسله مجددًا.
ending-late = بعد فوات الأوان
ending-late-text = أجاب العميل بعد فوات الأوان. لم يُمنح أي شيء.
ending-late-next = أرسله مجددًا واطلب جوابًا قريبًا.
ending-unconfirmed = لم يُؤكَّد
ending-unconfirmed-text = أجاب العميل، ولم يؤكد المزوّد الجواب قط. لم يُمنح أي شيء.
ending-unconfirmed-next = أرسله مجددًا وأخبره أن جوابه لم يصل.
ending-expired = منتهٍ
ending-expired-text = انتهت المهلة قبل أن يقرّر العميل.
ending-expired-next = أرسله مجددًا.
ending-withdrawn = مسحوب
ending-withdrawn-text = سُحب الطلب، ولن يستلم أحد جوابًا. في صفحة دخول تشارك قاعدة بياناتنا لا يمكن لأحد السماح به بعد الآن.
ending-withdrawn-next = اطلب من جديد حين يكون العميل مستعدًا.
ending-failed = فشل
ending-failed-text = تعذّرت متابعة هذا الطلب حتى نهايته.
ending-failed-next = أرسله مجددًا.
ending-unreachable = تعذّر الوصول
ending-unreachable-text = تعذّر إرسال الرابط إلى أي شخص: لا يعرف المزوّد رقم هاتف أو بريدًا إلكترونيًا يمكن إرساله إليه.
    .without-links = تعذّر إرسال الرسالة إلى أي شخص: لا يعرف المزوّد رقم هاتف أو بريدًا إلكترونيًا يمكن إرسالها إليه.
ending-unreachable-next = تحقّق من رقم العميل أو بريده لدى المزوّد، ثم أرسله مجددًا.
